"""Whether the loss of a model has risen for good: ADWIN over its newest means.

A. Bifet, R. Gavaldà: Learning from time-changing data with adaptive windowing, SDM 2007. It is made anew from
the means that are kept whenever one is added, so that they are all there is to a state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from online_models.examples import Numbers

#: Losses in a mean, and how many means are kept.
_BLOCK, _KEPT = 100, 256
_DELTA = 1e-3
#: Above so many times the median a mean counts no more: one leap would make all others seem alike.
_MOST = 1.5
#: Means that tell whether it went up: ADWIN may leave some of before the change.
_NEWEST = 5


class Drift:
    """The newest means, and the losses that do not yet make one.

    >>> drift, even = Drift(), np.full(1_000, 0.4)
    >>> any([drift.add(even) for _ in range(6)]), any([drift.add(2 * even) for _ in range(2)])
    (False, True)
    """

    def __init__(self, state: Mapping[str, Any] | None = None) -> None:
        self._means: Numbers = np.empty(0) if state is None else state["means"].copy()
        self._rest: Numbers = np.empty(0) if state is None else state["rest"].copy()

    def add(self, losses: Numbers) -> bool:
        """Take in some losses; True if they have risen.

        A change, up or down, lets what was before be forgotten.
        """
        self._rest = np.concatenate([self._rest, losses])
        whole = len(self._rest) // _BLOCK
        if not whole:
            return False
        made, self._rest = self._rest[: whole * _BLOCK], self._rest[whole * _BLOCK :]
        means = np.concatenate([self._means, made.reshape(whole, _BLOCK).mean(axis=1)])[-_KEPT:]
        before, self._means = np.split(means, [len(means) - _width(means)])
        return len(before) > 0 and bool(self._means[-_NEWEST:].mean() > np.median(before))

    def state(self) -> dict[str, Any]:
        """8 bytes for each mean and loss."""
        return {"means": self._means, "rest": self._rest}


def _width(means: Numbers) -> int:
    """How many of the newest means ADWIN finds to be alike."""
    # Where it is needed: river takes seconds to import, and commands name models that they do not run.
    from river.drift import ADWIN

    adwin = ADWIN(delta=_DELTA, clock=1, grace_period=8)  # type: ignore[no-untyped-call]
    for mean in np.minimum(means, _MOST * np.median(means)).tolist():
        # Its bound is for single values: a mean of n has a spread smaller by the root of n.
        adwin.update(mean * _BLOCK**0.5)  # type: ignore[no-untyped-call]
    return int(adwin.width)
