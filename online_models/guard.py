"""What stands between the stream and a learner: one NaN would spoil a linear model for good."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from online_models.example import Features


@dataclass(frozen=True)
class Guard:
    """Refuses what is not a number or absurd, and clips what is merely large.

    >>> Guard(clip=8.0).clipped({"dwell": 30.0, "row=1": 1.0})
    {'dwell': 8.0, 'row=1': 1.0}
    """

    clip: float = 10.0
    absurd: float = 1e6

    def objection(self, features: Features) -> str | None:
        """Why nothing may be learnt from these features; None if it may.

        >>> Guard().objection({"dwell": float("nan")}), Guard().objection({"dwell": 1e9})
        ('not_finite', 'absurd')
        """
        if not finite(features.values()):
            return "not_finite"
        if any(abs(value) > self.absurd for value in features.values()):
            return "absurd"
        return None

    def clipped(self, features: Features) -> dict[str, float]:
        """The features, each within ±clip."""
        return {name: min(max(value, -self.clip), self.clip) for name, value in features.items()}


def finite(values: Iterable[float]) -> bool:
    """Whether no value is NaN or infinite."""
    return all(map(math.isfinite, values))
