"""Predictions and what came of them, counted in bins: all that a measure of them needs, however many.

Counts fade, so that a figure is one of late (J. Gama, R. Sebastião, P. Rodrigues: On evaluating stream
learning algorithms, Machine Learning 90, 2013). A slice fades with its own examples: one that is seldom seen
keeps its figures until it is seen again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from online_models.examples import Numbers
from online_models.turns import Codes, later

#: Bins are of equal width in log-odds, between these: what is surer is in the first or the last.
BINS, SUREST = 128, 8.0
#: The weight of an example halves with every 3,465 of its slice that follow.
FADE = 0.9998
_SURE = 1e-6


class Tally:
    """Faded sums by slice and bin: `weight`, `positives` and `predicted`, each float64[slices, BINS]; and the
    log-loss by slice, `loss`, in nats."""

    def __init__(self, slices: int, fade: float = FADE) -> None:
        self.fade = fade
        self.weight, self.positives, self.predicted = np.zeros((3, slices, BINS))
        self.loss = np.zeros(slices)

    def add(self, predictions: Numbers, labels: Numbers, slices: Codes) -> None:
        """Take in examples in their order: each probability, what came true, and which slice it is of.

        Where batches are cut changes nothing but the last digits.
        """
        many = len(self.loss)
        left = self.fade ** np.bincount(slices, minlength=many)
        own = self.fade ** later(slices)
        cells, shape = slices * BINS + bins(predictions), self.weight.shape
        for sums, of in (
            (self.weight, own),
            (self.positives, own * labels),
            (self.predicted, own * predictions),
        ):
            sums *= left[:, None]
            sums += np.bincount(cells, of, sums.size).reshape(shape)
        self.loss *= left
        self.loss += np.bincount(slices, own * log_loss(predictions, labels), many)

    def state(self) -> dict[str, Any]:
        """All of it, as arrays and JSON values: of each sum the places that are not 0, and what is there."""
        return {"fade": self.fade, "slices": len(self.loss)} | {
            name: {"at": np.flatnonzero(sums).astype(np.int32), "is": sums[sums != 0]}
            for name, sums in self._sums().items()
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Tally:
        """What `state` gave."""
        tally = cls(state["slices"], state["fade"])
        for name, sums in tally._sums().items():
            sums.ravel()[state[name]["at"]] = state[name]["is"]
        return tally

    def _sums(self) -> dict[str, Numbers]:
        return {name: getattr(self, name) for name in ("weight", "positives", "predicted", "loss")}


def bins(predictions: Numbers) -> Codes:
    """The bin of each probability.

    >>> bins(np.array([0.0, 0.5, 1.0])).tolist()
    [0, 64, 127]
    """
    sure = np.clip(predictions, _SURE, 1.0 - _SURE)
    place = (np.log(sure / (1.0 - sure)) + SUREST) * (BINS / (2 * SUREST))
    return np.clip(place.astype(np.intp), 0, BINS - 1)


def log_loss(predictions: Numbers, labels: Numbers) -> Numbers:
    """The surprise in nats; predictions are held off 0 and 1, so that it is finite."""
    sure = np.clip(predictions, _SURE, 1.0 - _SURE)
    surprise: Numbers = -np.log(np.where(labels > 0.0, sure, 1.0 - sure))
    return surprise
