"""Quality measured before learning: each example is first predicted, then learnt from.

J. Gama, R. Sebastião, P. Rodrigues: On evaluating stream learning algorithms, Machine Learning 90 (2013):
the prequential error with a fading factor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from online_models.examples import Numbers

#: The weight of an example halves with every 1,386 that follow.
FADE = 0.9995
_SURE = 1e-6
#: So many at a time: powers of FADE then stay near 1.
_MOST = 1_000


@dataclass
class Prequential:
    """Mean log-loss of what was predicted, and of always predicting the share of positives so far.

    All are exponentially faded sums; `weight` is the faded number of examples.
    """

    weight: float = 0.0
    positives: float = 0.0
    loss: float = 0.0
    base_loss: float = 0.0

    def add(self, predictions: Numbers, labels: Numbers) -> None:
        """Take in predictions one after the other, each made before its example was learnt from."""
        for start in range(0, len(labels), _MOST):
            self._add(predictions[start : start + _MOST], labels[start : start + _MOST])

    def _add(self, predictions: Numbers, labels: Numbers) -> None:
        faded = FADE ** np.arange(len(labels), -1.0, -1.0)
        whole, before, later = faded[0], faded[:-1], faded[1:]
        # What each one's predecessors left, faded until the end; `before` takes that back to its own time.
        positives = self.positives * whole + np.cumsum(labels * later) - labels * later
        weight = self.weight * whole + np.cumsum(later) - later
        base = (positives / before + 0.5) / (weight / before + 1.0)
        self.loss = float(self.loss * whole + (later * log_loss(predictions, labels)).sum())
        self.base_loss = float(self.base_loss * whole + (later * log_loss(base, labels)).sum())
        self.positives = float(self.positives * whole + (later * labels).sum())
        self.weight = float(self.weight * whole + later.sum())

    @property
    def log_loss(self) -> float | None:
        """Nats an example, None before the first."""
        return self.loss / self.weight if self.weight else None

    @property
    def base_log_loss(self) -> float | None:
        """The same of the share of positives: what a model must stay below to be worth anything."""
        return self.base_loss / self.weight if self.weight else None

    def state(self) -> dict[str, float]:
        """All of it, as JSON values."""
        return dict(vars(self))

    @classmethod
    def from_state(cls, state: Mapping[str, float]) -> Prequential:
        """What `state` gave."""
        return cls(**state)


def log_loss(predictions: Numbers, labels: Numbers) -> Numbers:
    """The surprise in nats; predictions are held off 0 and 1, so that it is finite.

    >>> log_loss(np.array([0.5]), np.array([1.0])).round(4).tolist()
    [0.6931]
    """
    sure = np.clip(predictions, _SURE, 1.0 - _SURE)
    nats: Numbers = -np.log(np.where(labels > 0.0, sure, 1.0 - sure))
    return nats
