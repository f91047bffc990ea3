"""The page of data quality: how good the data is now, over the last hour and by slice, and what drifts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import redis

from headwater import rule_versions
from headwater.commands import quality
from headwater.redis_client import client
from headwater.runtime.endpoints import Endpoints
from headwater.traffic.delivery import wall_ms
from headwater.web.gathered import gathered
from headwater.web.kept import Kept
from schemas.quality import SLICES, Alert, Count
from schemas.topics import MINUTE_MS
from sinks.redis_quality import RedisQuality
from validators.ruleset import RuleSet
from validators.watch import catalog
from validators.watch.declare import Watch
from validators.watch.score import DIMENSIONS, scores
from validators.watch.totals import newest

NOW_MS, HOUR_MS = 15 * MINUTE_MS, 60 * MINUTE_MS
#: A minute that is over for so long seldom grows: only where the gate lags.
_SETTLED_MS = 3 * MINUTE_MS
_RULES_S, _AGAIN_S = 15.0, 60.0
#: Of a kind of slice, those with most events.
_MOST_VALUES = 12


class Remembering(RedisQuality):
    """Reads a minute that is long over only if it is not in `held`."""

    def __init__(self, client: redis.Redis, held: dict[int, list[Count]], now_ms: int) -> None:
        super().__init__(client)
        self._held, self._now_ms = held, now_ms

    def read_counts(self, from_ms: int, until_ms: int) -> list[Count]:
        """The totals of the minutes that begin from `from_ms` and before `until_ms`."""
        minutes = range(-(-from_ms // MINUTE_MS) * MINUTE_MS, until_ms, MINUTE_MS)
        wanted = [m for m in minutes if m not in self._held or m > self._now_ms - _SETTLED_MS]
        if wanted:
            self._held |= {m: [] for m in range(wanted[0], wanted[-1] + 1, MINUTE_MS)}
            for count in super().read_counts(wanted[0], wanted[-1] + 1):
                self._held[count.minute_ms].append(count)
        return [count for minute_ms in minutes for count in self._held[minute_ms]]


class Quality:
    """Looks at what the monitor has written."""

    def __init__(self, where: Endpoints) -> None:
        self._where = where
        self._rules = Kept(lambda: rule_versions.history(where.kafka).in_force.rules, _RULES_S)
        self._held: Kept[dict[int, list[Count]]] = Kept(dict, _AGAIN_S)

    def look(self) -> dict[str, Any]:
        """`quality`, or None and the reason in `problems`."""
        return gathered({"quality": self._quality})

    def _quality(self) -> dict[str, Any]:
        now_ms, rules = wall_ms(), self._rules()
        with client(self._where.redis) as redis:
            return told(Remembering(redis, self._held(), now_ms), rules, now_ms)


def told(held: RedisQuality, rules: RuleSet, now_ms: int) -> dict[str, Any]:
    """What `headwater quality` tells of the last 15 minutes, `minutes` of the last hour, `slices` of the 15
    minutes, and the `watches` of drift with their open alerts."""
    hour = held.read_counts(now_ms - HOUR_MS, now_ms + 1)
    late = [count for count in hour if count.minute_ms >= now_ms - NOW_MS]
    return quality.collect(held, rules, NOW_MS, now_ms) | {
        "dimensions": list(DIMENSIONS),
        "minutes": by_minute([count for count in hour if count.slice == "all"], rules),
        "slices": {kind: by_value(late, kind) for kind in SLICES[1:]},
        "watches": watches(held.alerts()),
    }


def by_minute(counts: Sequence[Count], rules: RuleSet) -> dict[str, Any]:
    """Of all event types together, as columns: `at_ms`, `events`, and by dimension the share without a
    failure."""
    checked: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(DIMENSIONS, 0))
    failed: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(DIMENSIONS, 0))
    for score in scores(counts, rules):
        checked[score.minute_ms][score.dimension] += score.checked
        failed[score.minute_ms][score.dimension] += score.failed
    minutes = sorted(checked)
    return {
        "at_ms": minutes,
        "events": [checked[m][DIMENSIONS[0]] for m in minutes],
        "scores": {d: [1 - failed[m][d] / checked[m][d] for m in minutes] for d in DIMENSIONS},
    }


def by_value(counts: Iterable[Count], kind: str) -> list[dict[str, Any]]:
    """Events of each value of a slice by verdict, those with most first."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for count in newest(counts):
        if count.slice == kind:
            found[count.value][count.verdict] += count.n
    rows = [{"value": value, "events": sum(of.values()), "verdicts": of} for value, of in found.items()]
    return sorted(rows, key=lambda row: (-row["events"], row["value"]))[:_MOST_VALUES]  # type: ignore[operator]


def watches(alerts: Sequence[Alert]) -> list[dict[str, Any]]:
    """The watches of drift: what each looks at, and on which events it is alarmed."""
    return [
        {
            "name": watch.name,
            "field": getattr(watch, "field", ""),
            "why": watch.why,
            "events": list(watch.events),
            "alarmed": [alert.message for alert in alerts if alert.rule == watch.name],
        }
        for watch in _of_drift()
    ]


@cache
def _of_drift() -> tuple[Watch, ...]:
    """Watches that ask whether events are other than they were, not whether there are some or are good. Read
    once, since they come with the code."""
    kinds = ("drift", "field_shift", "mean_shift")
    return tuple(watch for watch in catalog.load() if watch.kind in kinds)
