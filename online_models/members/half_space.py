"""Half-space trees: how little of what came before lies where something is.

S. C. Tan, K. M. Ting, T. F. Liu: Fast anomaly detection for streaming data, IJCAI 2011. Space is cut in
halves at random, again and again, before anything is seen; how many rows fell into each part is counted
window by window, and a row is judged by the counts of the window before. So rows of one window can be judged
together, and are judged as they are one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from online_models.examples import Numbers
from online_models.learner import State
from online_models.tokens import uniform

Nodes = npt.NDArray[np.intp]
#: A cut leaves this share of what it cuts on either side, at the least.
_PADDING = 0.15


class Cuts(NamedTuple):
    """Of each inner node of each tree: which number is compared, and with what: [trees, 2**height - 1].

    The children of node i are 2 i + 1, below, and 2 i + 2.
    """

    on: Nodes
    at: Numbers


@dataclass(frozen=True)
class HalfSpaces:
    """Trees over rows of `size` numbers of [0, 1]; counts begin anew with each `window` of rows."""

    size: int
    trees: int = 25
    height: int = 8
    window: int = 2_048
    seed: int = 1

    @property
    def most_bytes(self) -> int:
        """Two counts a node."""
        return 8 * self.trees * ((2 << self.height) - 1)

    def cuts(self) -> Cuts:
        """Drawn at random, by the seed alone: which number, each as likely as its side is long, and where."""
        inner = (1 << self.height) - 1
        chance = uniform(np.arange(2 * self.trees * inner, dtype=np.uint64) + np.uint64(self.seed << 32))
        which, where = chance.reshape(2, self.trees, inner)
        on, at = np.zeros((self.trees, inner), np.intp), np.zeros((self.trees, inner))
        low, high = np.zeros((self.trees, 1, self.size)), np.ones((self.trees, 1, self.size))
        for depth in range(self.height):
            level = slice(2**depth - 1, 2 ** (depth + 1) - 1)
            side = np.cumsum(high - low, axis=2)
            on[:, level] = (side <= which[:, level, None] * side[:, :, -1:]).sum(axis=2)
            picked = on[:, level, None]
            a, b = (np.take_along_axis(of, picked, axis=2) for of in (low, high))
            cut = a + (_PADDING + (1 - 2 * _PADDING) * where[:, level, None]) * (b - a)
            at[:, level] = cut[:, :, 0]
            below, above = high.copy(), low.copy()
            np.put_along_axis(below, picked, cut, axis=2)
            np.put_along_axis(above, picked, cut, axis=2)
            shape = (self.trees, -1, self.size)
            low, high = (
                np.stack([low, above], axis=2).reshape(shape),
                np.stack([below, high], 2).reshape(shape),
            )
        return Cuts(on, at)

    def start(self, state: State | None = None, cuts: Cuts | None = None) -> Spaces:
        """One that has seen nothing, or what `state` says; with other cuts than its own only to compare."""
        return Spaces(self, cuts or self.cuts(), state)


class Spaces:
    """What `HalfSpaces` declares, under way; `warm` when the first window is full."""

    def __init__(self, kind: HalfSpaces, cuts: Cuts, state: State | None = None) -> None:
        self._kind, self._cuts, held = kind, cuts, state or {}
        shape = (kind.trees, 2 ** (kind.height + 1) - 1)
        self._known = held["known"].copy() if held else np.zeros(shape, np.int32)
        self._met = held["met"].copy() if held else np.zeros(shape, np.int32)
        self._rows: int = held.get("rows", 0)
        self.warm: bool = held.get("warm", False)

    def learn(self, x: Numbers) -> Numbers:
        """How odd each row is, before it is counted: below 1, the higher the odder; 0 in the first window."""
        found, start = [np.zeros(0)], 0
        while start < len(x):
            rows = x[start : start + self._kind.window - self._rows]
            paths = self._paths(rows)
            found.append(self._odd(paths))
            self._count(paths)
            start += len(rows)
        return np.concatenate(found)

    def score(self, x: Numbers) -> Numbers:
        """How odd each row is. Nothing is counted."""
        return self._odd(self._paths(x))

    def state(self) -> dict[str, Any]:
        """All but the cuts, which follow from the declaration."""
        return {"known": self._known, "met": self._met, "rows": self._rows, "warm": self.warm}

    def _paths(self, x: Numbers) -> Nodes:
        """The nodes that each row comes through, from the root to a leaf: [n, trees, height + 1]."""
        kind, trees, each = self._kind, np.arange(self._kind.trees), np.arange(len(x))[:, None]
        paths = np.zeros((len(x), kind.trees, kind.height + 1), np.intp)
        for depth in range(kind.height):
            node = paths[:, :, depth]
            above = x[each, self._cuts.on[trees, node]] >= self._cuts.at[trees, node]
            paths[:, :, depth + 1] = 2 * node + 1 + above
        return paths

    def _odd(self, paths: Nodes) -> Numbers:
        if not self.warm:
            return np.zeros(len(paths))
        kind = self._kind
        mass = self._known[np.arange(kind.trees)[:, None], paths]
        # The way ends at the first node that held too few to be cut further.
        sparse = mass < 0.1 * kind.window
        passed = np.cumsum(sparse, axis=2) - sparse == 0
        usual = (mass * passed * 2 ** np.arange(kind.height + 1)).sum(axis=(1, 2))
        odd: Numbers = 1.0 - usual / (kind.trees * kind.window * (2 ** (kind.height + 1) - 1))
        return odd

    def _count(self, paths: Nodes) -> None:
        cells = paths + np.arange(self._kind.trees)[:, None] * self._met.shape[1]
        self._met += (
            np.bincount(cells.ravel(), minlength=self._met.size).reshape(self._met.shape).astype(np.int32)
        )
        self._rows += len(paths)
        if self._rows == self._kind.window:
            self._known, self._met = self._met, np.zeros_like(self._met)
            self._rows, self.warm = 0, True
