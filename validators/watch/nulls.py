"""The share of nulls of a field, against what it usually is."""

from __future__ import annotations

import math
from dataclasses import replace

from validators.watch.declare import Nulls
from validators.watch.finding import Finding, Seen
from validators.watch.level import Level, learnt
from validators.watch.say import cannot_say, say

#: So many standard deviations of a share are chance.
CHANCE_Z = 4.0


def update(watch: Nulls, level: Level, seen: Seen) -> tuple[Level, Finding]:
    """The level of the share after a window, and the verdict on it: `k` of the `n` events have null.

    The bound is the declared one, or the CHANCE_Z standard deviations by which the share of so few events
    varies by itself, if that is more. A window that is not after the last one changes nothing.
    """
    if seen.at_ms <= level.at_ms:
        return level, cannot_say(watch, seen, "the clock went back")
    level = replace(level, at_ms=seen.at_ms)
    if seen.n < watch.least:
        return level, cannot_say(watch, seen, f"{seen.n:,} events are too few")
    share, usual = min(max(seen.k / seen.n, 0.0), 1.0), level.value
    if usual is None:
        finding = cannot_say(watch, seen, "what is usual is being learnt")
    else:
        bound = max(watch.bound, chance(usual, seen.n))
        what = f"{watch.field} is null in {share:.1%} instead of {usual:.1%} of {seen.n:,} events"
        finding = say(watch, seen, max(share - usual, 0.0), bound, what, f"{usual + bound:.1%}")
    odd = finding.failing is True
    return learnt(level, share, odd=odd, learn=watch.learn, accept_after=watch.accept_after), finding


def chance(share: float, n: int) -> float:
    """How far a share of n events is above its true value by chance; of a share near 0 that of one in n.

    >>> round(chance(0.5, 400), 3)
    0.1
    """
    held = min(max(share, 1 / n), 1 - 1 / n) if n > 1 else 0.5
    return CHANCE_Z * math.sqrt(held * (1 - held) / n)
