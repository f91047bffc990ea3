"""The mean of a field that has moved away from what it was, as ADWIN sees it (`validators.watch.adaptive`).

The mean is the geometric one, by the half octaves of the histograms, so that no job counts anything more.
Sums and counts would tell a mean by minute, but not how far single values are from it, by which ADWIN
knows what chance may do; and one value of an hour among dwells of a second would be the mean of them all.
Rounding to a half octave moves the mean before and after alike. So it tells a change of what is usual,
where values are of many half octaves: one within a single half octave is not seen. ADWIN wants values of
0 to 1, so what is above 2^32 counts as that.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from math import gcd

from validators.watch.adaptive import MOST_FED, Shift, Window, moved
from validators.watch.declare import FieldShift
from validators.watch.finding import Cells, Finding, Seen
from validators.watch.say import cannot_say, say

#: The places that buckets have: one for what is below 1, and the half octaves up to 2^32.
SPAN = 64
_GOLDEN = 0.618


def update(watch: FieldShift, state: Shift, seen: Seen) -> tuple[Shift, Finding]:
    """The state after a window, and the verdict on it. A window that is not after the last one changes
    nothing, one without numbers only the clock. Measured is how many times more or less the mean is."""
    if seen.at_ms <= state.at_ms:
        return state, cannot_say(watch, seen, "the clock went back")
    state = replace(state, at_ms=seen.at_ms)
    if not (window := counted(seen.cells or {})):
        return state, cannot_say(watch, seen, "no events")
    state = moved(watch, state, window, values)
    if state.width < watch.least:
        return state, cannot_say(watch, seen, f"{state.width:,.0f} events are too few")
    mean, than = number(state.mean), f"{watch.bound:.2f} times"
    if state.usual is None:
        return state, say(watch, seen, 1.0, watch.bound, f"{watch.field} is {mean:,.0f} as usual", than)
    usual = number(state.usual)
    times = max(mean, usual) / min(mean, usual)
    what = f"{watch.field} is {mean:,.0f} instead of {usual:,.0f}, {times:.2f} times {_sense(mean, usual)}"
    return state, say(watch, seen, times, watch.bound, what, than)


def counted(cells: Cells) -> Window:
    """Places and how many numbers are in each, in turn. What is null, below 0, or no number is left out.

    >>> counted({"null": 5, "<0": 1, "<1": 2, "20": 7, "21": 0, "tv": 3})
    (0, 2, 21, 7)
    """
    held: dict[int, int] = {}
    for name, n in cells.items():
        place = 0 if name == "<1" else int(name) + 1 if name.isascii() and name.isdigit() else None
        if place is not None and n > 0:
            held[min(place, SPAN)] = held.get(min(place, SPAN), 0) + n
    return tuple(part for place in sorted(held) for part in (place, held[place]))


def values(window: Window) -> Iterator[float]:
    """The numbers of a window, 0 to 1, small and large ones evenly mixed; of more than MOST_FED so many
    quantiles.

    >>> [round(value * SPAN) for value in values((0, 2, 20, 4))]
    [0, 20, 20, 20, 20, 0]
    """
    places, ends = window[::2], list(accumulate(window[1::2]))
    n = ends[-1]
    fed = min(n, MOST_FED)
    step = next(step for step in range(max(1, round(fed * _GOLDEN)), fed + 2) if gcd(step, fed) == 1)
    return (places[bisect(ends, (2 * (i * step % fed) + 1) * n // (2 * fed))] / SPAN for i in range(fed))


def number(mean: float) -> float:
    """The number in whose half octave, by its middle, a mean of 0 to 1 lies.

    >>> round(number(21 / SPAN))
    1218
    """
    return float(2 ** ((mean * SPAN - 0.5) / 2))


def _sense(mean: float, usual: float) -> str:
    return "more" if mean > usual else "less"
