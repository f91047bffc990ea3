"""Linear models with what is not known of them: a Gaussian posterior of the weights of each arm.

Kept as information, the inverse of the covariance (C. Bishop, Pattern Recognition and Machine Learning,
2006, section 3.3). Information only adds up, is symmetric, and never less than the prior's: so its factors
always exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from online_models.examples import Numbers

Codes = npt.NDArray[np.intp]


class Posteriors:
    """Of `arms` models with `size` weights each, a priori independent with mean 0 and variance 1 / `ridge`.

    What is beyond the prior: `information` float64[arms, size, size], and `pull` float64[arms, size], which
    is all information times the mean.
    """

    def __init__(self, arms: int, size: int, ridge: float, state: Mapping[str, Any] | None = None) -> None:
        self._prior = ridge * np.eye(size)
        self.information: Numbers = (
            np.zeros((arms, size, size)) if state is None else state["information"].copy()
        )
        self.pull: Numbers = np.zeros((arms, size)) if state is None else state["pull"].copy()

    def tell(self, x: Numbers) -> tuple[Numbers, Numbers]:
        """Mean and standard deviation of what each arm's model says of each row: float64[n, arms] both."""
        spread = self._root @ x.T
        return x @ self.mean.T, np.sqrt((spread * spread).sum(axis=1)).T

    def add(self, arm: Codes, x: Numbers, weight: Numbers, target: Numbers) -> None:
        """Take in rows, each for its arm: `x @ weights` is `target`, up to noise of the variance 1 /
        `weight`.

        A row of the arm -1 teaches none.
        """
        for n in range(len(self.pull)):
            mine = arm == n
            scaled = x[mine] * np.sqrt(weight[mine])[:, None]
            self.information[n] += scaled.T @ scaled  # of the same, and so symmetric to the last bit
            self.pull[n] += (weight[mine] * target[mine]) @ x[mine]
        self._forget_factors()

    def fade(self, factor: float) -> None:
        """Let what was learnt count for so much of itself; the prior stays."""
        self.information *= factor
        self.pull *= factor
        self._forget_factors()

    def state(self) -> dict[str, Any]:
        """All of it."""
        return {"information": self.information, "pull": self.pull}

    @cached_property
    def mean(self) -> Numbers:
        """Of the weights: float64[arms, size]."""
        mean: Numbers = (self._root.swapaxes(1, 2) @ (self._root @ self.pull[:, :, None]))[:, :, 0]
        return mean

    @cached_property
    def _root(self) -> Numbers:
        """Whose square, transposed times itself, is the covariance."""
        root: Numbers = np.linalg.inv(np.linalg.cholesky(self._prior + self.information))
        return root

    def _forget_factors(self) -> None:
        for name in ("mean", "_root"):
            self.__dict__.pop(name, None)
