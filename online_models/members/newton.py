"""A logistic regression over few numbers, learnt by Newton steps as examples come.

The curvature of the log-loss is added up beside the weights, so a step is as long as what was seen so far
allows, whatever the scale of a number and however two go together. One example at a time this is the extended
Kalman filter of a logistic regression (Y. Ollivier: Online natural gradient as a Kalman filter, Electronic
Journal of Statistics 12, 2018). It costs the square of the numbers in memory, and their cube for each chunk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from online_models.examples import Numbers
from online_models.ftrl import sigmoid
from online_models.learner import State

#: The least curvature of an example: one that was sure and wrong must not move weights without bound.
_LEAST = 0.02


@dataclass(frozen=True)
class Newton:
    """`size` numbers an example; weights are drawn to 0 by `l2`, and an example counts half after `half_life`
    more."""

    size: int
    l2: float = 1.0
    half_life: float = 20_000.0
    chunk: int = 64

    def start(self, state: State | None = None) -> Stepping:
        """One that has learnt nothing, or what `state` says."""
        return Stepping(self, state)


class Stepping:
    """What `Newton` declares, under way."""

    def __init__(self, kind: Newton, state: State | None = None) -> None:
        self._kind, held = kind, state or {}
        self.weights: Numbers = held["weights"].copy() if held else np.zeros(kind.size)
        self._curvature: Numbers = held["curvature"].copy() if held else kind.l2 * np.eye(kind.size)

    def predict(self, x: Numbers) -> Numbers:
        """The logit of each row."""
        logit: Numbers = x @ self.weights
        return logit

    def learn(self, x: Numbers, label: Numbers) -> None:
        """Learn from all rows, chunk by chunk."""
        for start in range(0, len(x), self._kind.chunk):
            rows = slice(start, start + self._kind.chunk)
            self._step(x[rows], label[rows])

    def state(self) -> dict[str, Any]:
        """All of it."""
        return {"weights": self.weights, "curvature": self._curvature}

    def _step(self, x: Numbers, label: Numbers) -> None:
        chance = sigmoid(self.predict(x))
        fades = 0.5 ** (len(x) / self._kind.half_life)
        kept = fades * self._curvature + (1.0 - fades) * self._kind.l2 * np.eye(self._kind.size)
        curved = np.maximum(chance * (1.0 - chance), _LEAST)
        self._curvature = kept + (x * curved[:, None]).T @ x
        self.weights = self.weights + np.linalg.solve(self._curvature, x.T @ (label - chance))
