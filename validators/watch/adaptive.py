"""What ADWIN takes for the mean of a stream, and what the mean was before it saw a change.

ADWIN (A. Bifet and R. Gavaldà, Learning from time-changing data with adaptive windowing, SDM 2007) keeps
as much of a stream as has one mean, and drops the older part when the newer differs from it by more than
chance allows (Bernstein's bound for values of 0 to 1, at confidence `delta`). What it kept is the mean;
what the mean was before it first dropped something is the usual one, until `accept_after` windows later
the new one is taken for usual. With very many events ADWIN sees changes that matter to nobody, so an
alarm asks for more than `bound`, too.

The default `delta` is 0.0005: with it as with river's 0.002, 60 stable streams of 50,000 events at 5%
gave no alarm, and in 12 streams a rise to 10% was seen after about as many events (median 825 and 800).
The smaller one is for many streams over weeks. See `python -m tests.bench --only drift`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from validators.watch.declare import Adaptive

if TYPE_CHECKING:
    from river.drift import ADWIN

#: Of a larger window so many events are fed, of the same shares: more would cost and tell no more.
MOST_FED = 1_000

#: The counts of a window, and what makes values of 0 to 1 of them, at most MOST_FED and in a fixed order.
Window = tuple[int, ...]
Values = Callable[[Window], Iterable[float]]


@dataclass(frozen=True)
class Shift:
    """The newest windows as counts, from which ADWIN is rebuilt; what was `usual` before the change that was
    seen `since` so many windows, None where none was seen."""

    counts: tuple[Window, ...] = ()
    usual: float | None = None
    since: int = 0
    at_ms: int = -1
    # Made of `counts` and of nothing else, and never changed: see `_fed`.
    adwin: ADWIN | None = field(default=None, compare=False, repr=False)

    @property
    def width(self) -> float:
        """Of how many events the mean is."""
        return float(self.adwin.width) if self.adwin else 0.0

    @property
    def mean(self) -> float:
        """What the mean is now; 0 before the first window."""
        return float(self.adwin.estimation) if self.adwin else 0.0

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {"counts": self.counts, "usual": self.usual, "since": self.since, "at_ms": self.at_ms}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Shift:
        """What `to_json` told; it goes on as the other would have."""
        return cls(**{**told, "counts": tuple(map(tuple, told["counts"]))})


def moved(watch: Adaptive, state: Shift, window: Window, values: Values) -> Shift:
    """The state after a window more, which has events."""
    adwin = state.adwin or replayed(watch, state.counts, values)
    before = adwin.estimation if adwin.width else None
    adwin, changed = _fed(deepcopy(adwin), values(window))
    state = _kept(watch, replace(state, counts=(*state.counts, window), adwin=adwin), values)
    return _usual(watch, state, before if changed else None)


def replayed(watch: Adaptive, counts: tuple[Window, ...], values: Values) -> ADWIN:
    """ADWIN after these windows."""
    # Where it is needed: river takes seconds to import, and commands name watches that they do not run.
    from river.drift import ADWIN

    adwin = ADWIN(delta=watch.delta)  # type: ignore[no-untyped-call]
    for window in counts:
        _fed(adwin, values(window))
    return adwin


def _fed(adwin: ADWIN, values: Iterable[float]) -> tuple[ADWIN, bool]:
    """The same ADWIN, which has seen a window more, and whether it saw a change."""
    changed = False
    for one in values:
        adwin.update(one)  # type: ignore[no-untyped-call]
        changed |= adwin.drift_detected
    return adwin, changed


def _kept(watch: Adaptive, state: Shift, values: Values) -> Shift:
    """At twice `keep` windows the older half is forgotten, by ADWIN too, so that it is what `counts` tell."""
    if len(state.counts) < 2 * watch.keep:
        return state
    counts = state.counts[-watch.keep :]
    return replace(state, counts=counts, adwin=replayed(watch, counts, values))


def _usual(watch: Adaptive, state: Shift, before: float | None) -> Shift:
    if state.usual is None:
        return state if before is None else replace(state, usual=before, since=0)
    if state.since + 1 >= watch.accept_after:
        return replace(state, usual=None, since=0)
    return replace(state, since=state.since + 1)
