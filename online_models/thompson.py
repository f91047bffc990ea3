"""Thompson sampling with probabilities that are known: how likely each arm is the best, and a draw by that.

Who draws weights and takes the best arm (W. Thompson, Biometrika 25, 1933; O. Chapelle, L. Li: An empirical
evaluation of Thompson sampling, NIPS 2011) takes each with the probability that it is the best, which then
nobody knows. Here that is computed first and drawn from: what is logged is the probability of the draw
itself.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from online_models.examples import Numbers
from online_models.ftrl import sigmoid

#: Where the integral over what an arm may be worth is looked at, in standard deviations, and how each counts.
_AT, _WEIGHT = np.polynomial.hermite_e.hermegauss(16)
_FAR = 6.0


def best(mean: Numbers, deviation: Numbers) -> Numbers:
    """The probability that each arm of a row is the greatest; all are independent and normal.

    Both are float64[n, arms], and so is what comes of them, whose rows sum to 1. It is the mean, over what an
    arm may be worth, of the chance that all others are below, by Gauss-Hermite quadrature.

    >>> best(np.array([[0.0, 0.0, 0.0, 0.0]]), np.ones((1, 4))).round(6).tolist()
    [[0.25, 0.25, 0.25, 0.25]]
    """
    value = mean[:, :, None] + deviation[:, :, None] * _AT
    above = (value[:, :, None, :] - mean[:, None, :, None]) / deviation[:, None, :, None]
    below = _normal(above)
    own = np.arange(mean.shape[1])
    below[:, own, own, :] = 1.0
    chance: Numbers = below.prod(axis=2) @ _WEIGHT
    chance /= chance.sum(axis=1, keepdims=True)
    return chance


def floored(chance: Numbers, floor: float) -> Numbers:
    """The same, mixed with all arms alike so that none has less than the floor."""
    mixed: Numbers = floor + (1.0 - chance.shape[1] * floor) * chance
    return mixed


def drawn(chance: Numbers, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """An arm of each row, by its probabilities."""
    bounds: Numbers = np.cumsum(chance, axis=1)[:, :-1]
    arms: npt.NDArray[np.intp] = (rng.random(len(chance))[:, None] >= bounds).sum(axis=1)
    return arms


def _normal(z: Numbers) -> Numbers:
    """Of a standard normal, the probability of being below, to 0.00015 (E. Page, Applied Statistics 26,
    1977)."""
    z = np.clip(z, -_FAR, _FAR)
    return sigmoid(z * (1.5976 + 0.070565992 * z * z))
