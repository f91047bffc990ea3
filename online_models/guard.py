"""What stands between the stream and a learner: one NaN would spoil it, and so would one loud account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from online_models.cap import Cap, Counts
from online_models.examples import Examples


@dataclass(frozen=True)
class Bound:
    """What a column of numbers may say: nothing beyond ±`absurd`, and NaN only where it may say `nothing`."""

    column: str
    absurd: float = 1e6
    nothing: bool = False


class Guard:
    """Refuses what is not a number, absurd, or more than an account or title may teach; counts it by reason.

    >>> few = Examples.of([(1, "a", 1, 2.0), (2, "b", 1, 1e9), (3, "c", 1, None)], numbers=("dwell",))
    >>> guard = Guard([Bound("dwell")], [])
    >>> len(guard.admit(few)), dict(guard.refused)
    (1, {'not_finite': 1, 'absurd': 1})
    """

    def __init__(
        self, bounds: Sequence[Bound], caps: Sequence[Cap], state: Mapping[str, Any] | None = None
    ) -> None:
        self._bounds = bounds
        held = {} if state is None else state["counts"]
        self._counts = {cap: Counts(cap, held.get(cap.column)) for cap in caps}
        self.refused: Counter[str] = Counter() if state is None else Counter(state["refused"])

    def admit(self, examples: Examples, frozen: Any = False) -> Examples:
        """Those that may be learnt from, in their order: none of those that are `frozen`.

        What is refused for that or for its values counts to no cap.
        """
        admitted = self._only(examples, ~np.broadcast_to(frozen, len(examples)), "frozen")
        label = admitted.label
        admitted = self._only(admitted, (label == 0.0) | (label == 1.0), "no_label")
        for bound in self._bounds:
            value = admitted.columns[bound.column]
            refused = np.isinf(value) if bound.nothing else ~np.isfinite(value)
            admitted = self._only(admitted, ~refused, "not_finite")
            value = admitted.columns[bound.column]
            admitted = self._only(admitted, ~(np.abs(value) > bound.absurd), "absurd")
        for cap, counts in self._counts.items():
            admitted = self._only(admitted, counts.below(admitted), cap.reason)
        return admitted

    def state(self) -> dict[str, Any]:
        """What was refused, and the counts of the caps."""
        counts = {cap.column: counts.state() for cap, counts in self._counts.items()}
        return {"refused": dict(self.refused), "counts": counts}

    def _only(self, examples: Examples, mask: Any, reason: str) -> Examples:
        if mask.all():
            return examples
        self.refused[reason] += int(len(mask) - np.count_nonzero(mask))
        return examples.only(mask)
