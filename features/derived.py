"""Features that store nothing: they are read from the values of stored ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.partial import Array


@dataclass(frozen=True)
class Rate:
    """One count over another, drawn towards a prior while there is little evidence.

    (numerator + prior * strength) / (denominator + strength): the mean of a Beta posterior when the
    numerator is a share of the denominator (Gelman et al., Bayesian Data Analysis, 2.4).
    """

    name: str
    numerator: str
    denominator: str
    prior: float
    strength: float

    def derive(self, values: Mapping[str, Array]) -> Array:
        """The rate from the values of the window, which are keyed by feature."""
        top = values[self.numerator] + self.prior * self.strength
        rate: Array = top / (values[self.denominator] + self.strength)
        return rate


@dataclass(frozen=True)
class Difference:
    """One value less another, such as how long something took from two times."""

    name: str
    of: str
    less: str

    def derive(self, values: Mapping[str, Array]) -> Array:
        """A float, NaN where either is, from the values of the window, which are keyed by feature."""
        left: Array = values[self.of] - values[self.less]
        return left


@dataclass(frozen=True)
class Velocity:
    """A count's rate in a short window over its rate in a long one; above 1 it rises."""

    name: str
    of: str
    short: str
    long: str

    def derive(self, short: Array, long: Array, short_ms: int, long_ms: int) -> Array:
        """A float; NaN when the long window is empty."""
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio: Array = (short / short_ms) / (long / long_ms)
        return ratio
