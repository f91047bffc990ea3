"""Quality measured before learning: each example is first predicted, then learnt from.

J. Gama, R. Sebastião, P. Rodrigues: On evaluating stream learning algorithms, Machine Learning 90 (2013):
the prequential error with a fading factor.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

#: The weight of an example halves with every 1,386 that follow.
FADE = 0.9995
_SURE = 1e-6


@dataclass
class Prequential:
    """Mean log-loss of what was predicted, and of always predicting the share of positives so far.

    All are exponentially faded sums; `weight` is the faded number of examples.
    """

    weight: float = 0.0
    positives: float = 0.0
    loss: float = 0.0
    base_loss: float = 0.0

    def add(self, prediction: float, label: bool) -> None:
        """Take in a prediction, made before its example was learnt from."""
        base = (self.positives + 0.5) / (self.weight + 1.0)
        self.loss = FADE * self.loss + log_loss(prediction, label)
        self.base_loss = FADE * self.base_loss + log_loss(base, label)
        self.positives = FADE * self.positives + label
        self.weight = FADE * self.weight + 1.0

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


def log_loss(prediction: float, label: bool) -> float:
    """The surprise in nats; predictions are held off 0 and 1, so that it is finite.

    >>> round(log_loss(0.5, True), 4)
    0.6931
    """
    sure = min(max(prediction, _SURE), 1.0 - _SURE)
    return -math.log(sure if label else 1.0 - sure)
