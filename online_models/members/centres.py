"""Centres: online k-means, in which the nearest centre moves towards what has come.

J. MacQueen: Some methods for classification and analysis of multivariate observations, 1967; with a constant
step, as river's, so that centres follow those who change. A centre keeps its number for good. Rows are taken
in chunks: within one, all are told by the centres before it, and these move as if row came after row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from online_models.examples import Numbers
from online_models.learner import State
from online_models.tokens import uniform
from online_models.turns import Codes, later


@dataclass(frozen=True)
class Centres:
    """`k` centres of rows of `size` numbers. A row pulls its centre by the share `pull` of the way between.

    The first are chosen among the first `least` rows, far from one another: D. Arthur, S. Vassilvitskii,
    k-means++, SODA 2007.
    """

    size: int
    k: int = 8
    pull: float = 0.01
    chunk: int = 128
    least: int = 256
    seed: int = 1

    @property
    def most_bytes(self) -> int:
        """The centres, what share of rows each has of late, and the first rows."""
        return 8 * (self.k * (self.size + 1) + self.least * self.size)

    def start(self, state: State | None = None) -> Moving:
        """One without centres, or what `state` says."""
        return Moving(self, state)


class Moving:
    """What `Centres` declares, under way: `at` float64[k, size], none before `least` rows have come."""

    def __init__(self, kind: Centres, state: State | None = None) -> None:
        self._kind, held = kind, state or {}
        self.at: Numbers = held["at"].copy() if held else np.zeros((0, kind.size))
        self.share: Numbers = held["share"].copy() if held else np.zeros(0)
        self._first: Numbers = held["first"].copy() if held else np.zeros((0, kind.size))

    def learn(self, x: Numbers) -> Codes:
        """The number of each row's centre, before it moves; -1 while there are none."""
        if not len(self.at):
            self._first = np.concatenate([self._first, x])[: self._kind.least]
            if len(self._first) < self._kind.least:
                return self.nearest(x)
            self.at, self._first = self._chosen(self._first), self._first[:0]
            self.share = np.full(self._kind.k, 1.0 / self._kind.k)
        size = self._kind.chunk
        found = [self._step(x[start : start + size]) for start in range(0, len(x), size)]
        return np.concatenate([np.zeros(0, np.intp), *found])

    def nearest(self, x: Numbers) -> Codes:
        """The number of the centre that each row is nearest to; -1 while there are none."""
        if not len(self.at):
            return np.full(len(x), -1, np.intp)
        own: Codes = self._distance(x, self.at).argmin(axis=1)
        return own

    def state(self) -> dict[str, Any]:
        """All of it."""
        return {"at": self.at, "share": self.share, "first": self._first}

    def _step(self, x: Numbers) -> Codes:
        own, left = self.nearest(x), 1.0 - self._kind.pull
        weight = self._kind.pull * left ** later(own)
        stays = left ** np.bincount(own, minlength=len(self.at))
        self.at *= stays[:, None]
        np.add.at(self.at, own, weight[:, None] * x)
        fades = 0.999 ** len(x)
        self.share = fades * self.share + (1.0 - fades) * np.bincount(own, minlength=len(self.at)) / len(x)
        return own

    def _chosen(self, x: Numbers) -> Numbers:
        """Rows: any first, then each in proportion to the square of how far it is from those before."""
        chances = uniform(np.arange(self._kind.k, dtype=np.uint64) + np.uint64(self._kind.seed << 32))
        chosen = [int(chances[0] * len(x))]
        for chance in chances[1:]:
            below = np.cumsum(self._distance(x, x[chosen]).min(axis=1))
            chosen.append(min(int(np.searchsorted(below, chance * below[-1], side="right")), len(x) - 1))
        return x[chosen].copy()

    @staticmethod
    def _distance(x: Numbers, at: Numbers) -> Numbers:
        squared: Numbers = ((x[:, None, :] - at[None, :, :]) ** 2).sum(axis=2)
        return squared
