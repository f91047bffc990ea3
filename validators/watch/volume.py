"""How many events a window has, against what is usual at this hour of the week.

The baseline does not follow its own anomalies. An hour of the week is learnt from the median of its good
windows when it is over, and later moved towards the median of each week by WEIGHT: an anomaly is not among
them, and a few that pass for good do not move a median much. An hour that was not learnt yet is judged by the
same hour of other days. The bound is the declared one, or CHANCE_Z standard deviations of a Poisson number,
if that is more.

A level that stays is accepted: after `accept_after` windows in a row that are out of bounds but not empty,
all hours are multiplied by the median ratio of the newest of them. No traffic at all is never accepted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any

from schemas.topics import HOUR_MS
from validators.watch.declare import Volume
from validators.watch.finding import Finding, Seen
from validators.watch.say import cannot_say, say

HOURS = 168
WEIGHT = 0.3
#: So many standard deviations of a Poisson number are chance.
CHANCE_Z = 5.0
#: Ratios that are remembered of a level that may come to stay.
REMEMBERED = 60


@dataclass(frozen=True)
class Season:
    """What is usual for each hour of the week (the first is that of the epoch, Thursday 00:00 UTC), None
    where it is not known; the good windows of the `hour` that runs; the ratios of the newest windows out of
    bounds, and how many there were in a row."""

    usual: tuple[float | None, ...] = (None,) * HOURS
    hour: int = -1
    good: tuple[int, ...] = ()
    ratios: tuple[float, ...] = ()
    odd: int = 0
    at_ms: int = -1

    def expected(self, hour: int) -> float | None:
        """What a window of this hour (since the epoch) usually has, if anything is known of it."""
        known = self.usual[hour % HOURS]
        if known is not None:
            return known
        others = [u for u in self.usual[hour % 24 :: 24] if u is not None]
        return median(others) if others else None

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Season:
        """What `to_json` told."""
        lists = {name: tuple(told[name]) for name in ("usual", "good", "ratios")}
        return cls(**{**told, **lists})


def update(watch: Volume, season: Season, seen: Seen) -> tuple[Season, Finding]:
    """The season after a window, and the verdict on it. A window that is not after the last one changes
    nothing; one that is missing is not judged, so an empty one has to be given."""
    if seen.at_ms <= season.at_ms:
        return season, cannot_say(watch, seen, "the clock went back")
    hour = (seen.at_ms - watch.window_ms) // HOUR_MS
    season = replace(_turned(season, hour, watch.learn), at_ms=seen.at_ms)
    expected = season.expected(hour)
    finding = _judged(watch, seen, expected)
    if expected is None or not finding.failing:
        return replace(season, good=(*season.good, seen.n), ratios=(), odd=0), finding
    if seen.n == 0 or expected == 0:
        return season, finding
    ratios, odd = (*season.ratios, seen.n / expected)[-REMEMBERED:], season.odd + 1
    if odd < watch.accept_after:
        return replace(season, ratios=ratios, odd=odd), finding
    scaled = tuple(None if u is None else u * median(ratios) for u in season.usual)
    return replace(season, usual=scaled, good=(), ratios=(), odd=0), finding


def _judged(watch: Volume, seen: Seen, expected: float | None) -> Finding:
    if expected is None:
        return cannot_say(watch, seen, "what is usual is being learnt")
    if max(expected, seen.n) < watch.least:
        return cannot_say(watch, seen, f"{seen.n:,} events, usually {expected:,.0f}: too few")
    sense = "more" if seen.n > expected else "fewer"
    spread = CHANCE_Z * math.sqrt(expected) * (1 if seen.n > expected else -1)
    by_chance = _times(expected + spread, expected)
    measured, bound = _times(seen.n, expected), max(watch.bound, by_chance)
    what = f"{seen.n:,} events instead of {expected:,.0f}, {measured:.1f} times {sense}"
    return say(watch, seen, measured, bound, what, f"{bound:.1f}")


def _times(n: float, expected: float) -> float:
    """How many times more or fewer; where there are none, as if there was half a one."""
    less, more = sorted((max(n, 0.5), max(expected, 0.5)))
    return more / less


def _turned(season: Season, hour: int, learn: int) -> Season:
    """The season when an hour begins: what the one before it had is learnt."""
    if hour == season.hour:
        return season
    place, good = season.hour % HOURS, season.good
    usual = season.usual
    if len(good) >= learn:
        before, now = usual[place], float(median(good))
        value = now if before is None else before + WEIGHT * (now - before)
        usual = (*usual[:place], value, *usual[place + 1 :])
    return replace(season, usual=usual, hour=hour, good=())
