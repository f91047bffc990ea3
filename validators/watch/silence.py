"""A slice that usually has traffic and falls silent: so few events that chance would hardly give them.

Of a slice that still had the share `of_usual` of its usual rate, a window would hold a Poisson number of
events. What is measured is -log10 of the probability that it holds as few as were seen. Taking the whole
usual rate instead would alarm at every dip: traffic comes in sittings and by the hour, and so varies more
than Poisson's law says.
"""

from __future__ import annotations

import math
from dataclasses import replace

from validators.watch.declare import Silence
from validators.watch.finding import Finding, Seen
from validators.watch.level import Level, learnt
from validators.watch.say import cannot_say, say

#: No improbability above this is told apart: it would not fit a float.
MOST = 300.0


def update(watch: Silence, level: Level, seen: Seen) -> tuple[Level, Finding]:
    """The level after a window, and the verdict on it. A window that is not after the last one changes
    nothing.

    The window of a silent slice has to be given, with n = 0.
    """
    if seen.at_ms <= level.at_ms:
        return level, cannot_say(watch, seen, "the clock went back")
    usual = level.value
    if usual is None:
        finding = cannot_say(watch, seen, "what is usual is being learnt")
    elif usual < watch.least:
        finding = cannot_say(watch, seen, f"usually {usual:,.0f} events: too few to be missed")
    else:
        measured = improbability(seen.n, usual * watch.of_usual)
        what = f"{seen.n:,} events instead of {usual:,.0f}: improbable by 1e-{measured:.0f}"
        finding = say(watch, seen, measured, watch.bound, what, f"1e-{watch.bound:.0f}")
    level, odd = replace(level, at_ms=seen.at_ms), finding.failing is True
    return learnt(level, seen.n, odd=odd, learn=watch.learn, accept_after=watch.accept_after), finding


def improbability(n: int, expected: float) -> float:
    """-log10 of what the probability of n events or fewer is at most where a Poisson number with a mean of
    `expected` is; at most MOST. Chernoff's bound: exp(-expected) (e expected / n)^n for n < expected
    (M. Mitzenmacher and E. Upfal, Probability and Computing, 2005, theorem 5.4); exact for n = 0.

    >>> round(improbability(0, 20), 2), round(improbability(5, 20), 2), improbability(25, 20)
    (8.69, 3.5, 0.0)
    """
    if n >= expected:
        return 0.0
    more = expected / n - 1 if n else 0.0
    nats = n * (more - math.log1p(more)) if n else expected
    return min(nats / math.log(10), MOST)
