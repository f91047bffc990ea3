"""The ledger: every event read is counted, quarantined, a duplicate or late; nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from schemas.events import EVENT_NAMES
from sinks.redis_ledger import Total


@dataclass(frozen=True)
class Entry:
    """What became of the events of one type.

    `valid` and `warned` say how they left the gate, `counted` is what features made of them. `repeated` are
    records that a restart of the gate wrote again; they stand for no event of their own.
    """

    event: str
    read: int
    valid: int
    warned: int
    quarantined: int
    duplicate: int
    late: int
    counted: int
    repeated: int

    @property
    def settled(self) -> int:
        """Events whose end is known."""
        return self.counted + self.quarantined + self.duplicate + self.late

    @property
    def balanced(self) -> bool:
        """Whether every event read has ended; false for a moment while events are on their way."""
        return self.read == self.settled

    def to_json(self) -> dict[str, Any]:
        """As JSON values, `balanced` included."""
        return asdict(self) | {"balanced": self.balanced}


def entries(totals: Sequence[Total], committed: Mapping[tuple[str, int], int]) -> tuple[Entry, ...]:
    """The ledger of every event type, from the totals in Redis and how far the gate has read each partition.

    What the gate read before the first total of a partition is not in the ledger: a job that starts without
    its state counts only what its windows can see.

    >>> totals = [Total("play", "valid", "", 0, 7, 100), Total("play", "rejected", "malformed", 0, 2, 103)]
    >>> play = entries(totals, {("play", 0): 109})[0]
    >>> play.read, play.counted, play.settled, play.balanced
    (9, 7, 9, True)
    """
    n: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, int], int] = {}
    for t in totals:
        n[t.event, t.verdict] += t.n
        first[t.event, t.partition] = min(t.first_offset, first.get((t.event, t.partition), t.first_offset))
    read: Counter[str] = Counter()
    for (event, partition), offset in committed.items():
        read[event] += offset - first.get((event, partition), offset)
    return tuple(
        Entry(
            event=e,
            read=read[e],
            valid=n[e, "valid"],
            warned=n[e, "warned"],
            quarantined=n[e, "rejected"],
            duplicate=n[e, "duplicate"],
            late=n[e, "late"],
            counted=n[e, "valid"] + n[e, "warned"],
            repeated=n[e, "repeat"],
        )
        for e in EVENT_NAMES
    )


def reasons(totals: Iterable[Total]) -> dict[str, int]:
    """How often each reason put an event aside, most frequent first; an event may have several.

    >>> reasons([Total("play", "rejected", "country_iso,malformed", 0, 2, 0)])
    {'country_iso': 2, 'malformed': 2}
    """
    found: Counter[str] = Counter()
    for t in totals:
        if t.verdict == "rejected":
            found.update(dict.fromkeys(t.reasons.split(","), t.n))
    return dict(found.most_common())
