"""A share that has risen above what it was, as ADWIN sees it.

ADWIN (A. Bifet and R. Gavaldà, Learning from time-changing data with adaptive windowing, SDM 2007) keeps as
much of a stream as has one mean, and drops the older part when the newer differs from it by more than chance
allows (Bernstein's bound at confidence `delta`). What it kept is the mean; what the mean was before it first
dropped something is the usual one, until `accept_after` windows later the new one is taken for usual. With
very many events ADWIN sees changes that matter to nobody, so an alarm asks for a rise above `bound`, too.

The default `delta` is 0.0005: with it as with river's 0.002, 60 stable streams of 50,000 events at 5% gave no
alarm, and in 12 streams a rise to 10% was seen after about as many events (median 825 and 800). The smaller
one is for many streams over weeks. See `python -m tests.bench --only drift`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from validators.watch.declare import MeanShift
from validators.watch.finding import Finding, Seen
from validators.watch.say import cannot_say, say

if TYPE_CHECKING:
    from river.drift import ADWIN

#: Of a larger window so many events are fed, with the same share: more would cost and tell no more.
MOST_FED = 1_000


@dataclass(frozen=True)
class Shift:
    """The newest windows as (events, counted ones), from which ADWIN is rebuilt; what was `usual` before the
    change that was seen `since` so many windows, None where none was seen."""

    counts: tuple[tuple[int, int], ...] = ()
    usual: float | None = None
    since: int = 0
    at_ms: int = -1
    # Made of `counts` and of nothing else, and never changed: see `_fed`.
    adwin: ADWIN | None = field(default=None, compare=False, repr=False)

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {"counts": self.counts, "usual": self.usual, "since": self.since, "at_ms": self.at_ms}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Shift:
        """What `to_json` told; it goes on as the other would have."""
        return cls(**{**told, "counts": tuple((n, k) for n, k in told["counts"])})


def update(watch: MeanShift, state: Shift, seen: Seen) -> tuple[Shift, Finding]:
    """The state after a window, and the verdict on it. A window that is not after the last one changes
    nothing, one without events only the clock."""
    if seen.at_ms <= state.at_ms:
        return state, cannot_say(watch, seen, "the clock went back")
    state = replace(state, at_ms=seen.at_ms)
    if seen.n <= 0:
        return state, cannot_say(watch, seen, "no events")
    window = (seen.n, min(max(seen.k, 0), seen.n))
    adwin = state.adwin or replayed(watch, state.counts)
    before = adwin.estimation if adwin.width else None
    adwin, changed = _fed(deepcopy(adwin), window)
    state = _kept(watch, replace(state, counts=(*state.counts, window), adwin=adwin))
    state = _usual(watch, state, before if changed else None)
    if adwin.width < watch.least:
        return state, cannot_say(watch, seen, f"{adwin.width:,.0f} events are too few")
    usual, mean = state.usual, adwin.estimation
    if usual is None:
        return state, say(watch, seen, 0.0, watch.bound, f"{mean:.1%} as usual", f"{watch.bound:+.1%}")
    what = f"{mean:.1%} instead of {usual:.1%}: {mean - usual:+.1%}"
    return state, say(watch, seen, max(mean - usual, 0.0), watch.bound, what, f"{watch.bound:+.1%}")


def replayed(watch: MeanShift, counts: tuple[tuple[int, int], ...]) -> ADWIN:
    """ADWIN after these windows."""
    # Where it is needed: river takes seconds to import, and commands name watches that they do not run.
    from river.drift import ADWIN

    adwin = ADWIN(delta=watch.delta)  # type: ignore[no-untyped-call]
    for window in counts:
        _fed(adwin, window)
    return adwin


def spread(n: int, k: int) -> Iterator[bool]:
    """n events of which k are true, evenly among the others; of more than MOST_FED, so many with that share.

    >>> [int(one) for one in spread(10, 3)]
    [0, 1, 0, 0, 1, 0, 0, 0, 1, 0]
    """
    fed = min(n, MOST_FED)
    k = round(k * fed / n)
    return ((2 * i * k + fed) // (2 * fed) < (2 * (i + 1) * k + fed) // (2 * fed) for i in range(fed))


def _fed(adwin: ADWIN, window: tuple[int, int]) -> tuple[ADWIN, bool]:
    """The same ADWIN, which has seen a window more, and whether it saw a change."""
    changed = False
    for one in spread(*window):
        adwin.update(one)  # type: ignore[no-untyped-call]
        changed |= adwin.drift_detected
    return adwin, changed


def _kept(watch: MeanShift, state: Shift) -> Shift:
    """At twice `keep` windows the older half is forgotten, by ADWIN too, so that it is what `counts` tell."""
    if len(state.counts) < 2 * watch.keep:
        return state
    counts = state.counts[-watch.keep :]
    return replace(state, counts=counts, adwin=replayed(watch, counts))


def _usual(watch: MeanShift, state: Shift, before: float | None) -> Shift:
    if state.usual is None:
        return state if before is None else replace(state, usual=before, since=0)
    if state.since + 1 >= watch.accept_after:
        return replace(state, usual=None, since=0)
    return replace(state, since=state.since + 1)
