"""A share that has risen above what it was, as ADWIN sees it (`validators.watch.adaptive`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from validators.watch.adaptive import MOST_FED, Shift, Window, moved
from validators.watch.declare import MeanShift
from validators.watch.finding import Finding, Seen
from validators.watch.say import cannot_say, say


def update(watch: MeanShift, state: Shift, seen: Seen) -> tuple[Shift, Finding]:
    """The state after a window, and the verdict on it. A window that is not after the last one changes
    nothing, one without events only the clock."""
    if seen.at_ms <= state.at_ms:
        return state, cannot_say(watch, seen, "the clock went back")
    state = replace(state, at_ms=seen.at_ms)
    if seen.n <= 0:
        return state, cannot_say(watch, seen, "no events")
    state = moved(watch, state, (seen.n, min(max(seen.k, 0), seen.n)), values)
    if state.width < watch.least:
        return state, cannot_say(watch, seen, f"{state.width:,.0f} events are too few")
    usual, mean = state.usual, state.mean
    if usual is None:
        return state, say(watch, seen, 0.0, watch.bound, f"{mean:.1%} as usual", f"{watch.bound:+.1%}")
    what = f"{mean:.1%} instead of {usual:.1%}: {mean - usual:+.1%}"
    return state, say(watch, seen, max(mean - usual, 0.0), watch.bound, what, f"{watch.bound:+.1%}")


def values(window: Window) -> Iterator[bool]:
    """The events of a window: how many there are, and how many of them are true."""
    n, k = window
    return spread(n, k)


def spread(n: int, k: int) -> Iterator[bool]:
    """n events of which k are true, evenly among the others; of more than MOST_FED, so many with that share.

    >>> [int(one) for one in spread(10, 3)]
    [0, 1, 0, 0, 1, 0, 0, 0, 1, 0]
    """
    fed = min(n, MOST_FED)
    k = round(k * fed / n)
    return ((2 * i * k + fed) // (2 * fed) < (2 * (i + 1) * k + fed) // (2 * fed) for i in range(fed))
