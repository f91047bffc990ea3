"""How many records were set aside, by everything that may tell why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from headwater.quarantine.log import Log, Span
from headwater.quarantine.record import SetAside
from schemas import topics
from schemas.events import EVENT_NAMES
from schemas.topics import HOUR_MS
from validators.ruleset import RuleSet

#: The dimension of reasons that no rule gives, such as `malformed`.
NO_RULE = "not a rule"
#: A broken client may send any text for its version.
_MOST_VALUES = 20
_BARS = "▁▂▃▄▅▆▇█"


@dataclass
class Stats:
    """Counts of set-aside records. One with several reasons counts for each of them; `slice` counts values by
    their kind, and `hour_ms` begins an hour of ingestion (UTC)."""

    n: int = 0
    event: Counter[str] = field(default_factory=Counter)
    reason: Counter[str] = field(default_factory=Counter)
    dimension: Counter[str] = field(default_factory=Counter)
    slice: dict[str, Counter[str]] = field(default_factory=dict)
    ruleset: Counter[str] = field(default_factory=Counter)
    attempts: Counter[int] = field(default_factory=Counter)
    hour_ms: Counter[int] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """As JSON values, the most frequent first, of slices 20 at most; hours in order."""
        counters = {name: getattr(self, name) for name in ("event", "reason", "dimension", "ruleset")}
        return {
            "n": self.n,
            **{name: dict(counter.most_common()) for name, counter in counters.items()},
            "slice": {kind: dict(counter.most_common(_MOST_VALUES)) for kind, counter in self.slice.items()},
            "attempts": dict(sorted(self.attempts.items())),
            "hour_ms": dict(sorted(self.hour_ms.items())),
        }


def tally(records: Iterable[SetAside], rules: RuleSet) -> Stats:
    """Count records. The dimension of a reason is that of the rule of this name in `rules`."""
    dimensions = {(event, r.name): r.dimension for event, of in rules.rules.items() for r in of}
    stats = Stats()
    for record in records:
        stats.n += 1
        stats.event[record.event] += 1
        stats.reason.update(record.reasons)
        stats.dimension.update({dimensions.get((record.event, r), NO_RULE) for r in record.reasons})
        for kind, value in record.slice.items():
            stats.slice.setdefault(kind, Counter())[value] += 1
        stats.ruleset[record.ruleset] += 1
        stats.attempts[record.attempts] += 1
        stats.hour_ms[record.time_ms // HOUR_MS * HOUR_MS] += 1
    return stats


def read_since(log: Log, since_ms: int) -> dict[str, int | None]:
    """How many records of each event type the broker took since then; None where it may have deleted some."""
    spans: dict[str, list[Span]] = {event: [] for event in EVENT_NAMES}
    for span in log.spans([topics.raw(event) for event in EVENT_NAMES], since_ms):
        spans[topics.event_of(span.topic)].append(span)
    # Where the first record there is came since then, what came before it is not known.
    cut = {e for e, of in spans.items() if any(0 < s.low == s.start for s in of)}
    return {e: None if e in cut or not of else sum(s.stop - s.start for s in of) for e, of in spans.items()}


def shares(stats: Stats, read: Mapping[str, int | None]) -> dict[str, float | None]:
    """The share of the records of each event type that was set aside; None where it cannot be known.

    >>> shares(Stats(event=Counter(play=1)), {"play": 4, "hover": None, "pause": 0})
    {'play': 0.25, 'hover': None, 'pause': None}
    """
    return {event: stats.event[event] / n if n else None for event, n in read.items()}


def sparkline(values: Iterable[int]) -> str:
    """A row of bars; the greatest value is as high as can be, and only none is blank.

    >>> sparkline([0, 1, 4, 8])
    ' ▁▄█'
    """
    numbers = list(values)
    top = max(numbers, default=0)
    return "".join(_BARS[-(-n * len(_BARS) // top) - 1] if n else " " for n in numbers)
