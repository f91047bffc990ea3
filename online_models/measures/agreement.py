"""How far two ways to divide the same things agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def adjusted_rand(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> float:
    """The share of pairs that both put together or both apart, less what chance would give: 1 where they are
    the same but for their names, about 0 where nothing of one follows from the other.

    L. Hubert, P. Arabie: Comparing partitions, Journal of Classification 2, 1985.

    >>> adjusted_rand(np.array([0, 0, 1, 1]), np.array(["b", "b", "a", "a"]))
    1.0
    >>> round(adjusted_rand(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])), 2)
    -0.5
    """
    _, a = np.unique(one, return_inverse=True)
    _, b = np.unique(other, return_inverse=True)
    cells = np.bincount(a * (b.max() + 1) + b)
    both, first, second = (float(_pairs(counts)) for counts in (cells, np.bincount(a), np.bincount(b)))
    by_chance = first * second / float(_pairs(np.array([len(a)])))
    most = (first + second) / 2
    return (both - by_chance) / (most - by_chance) if most > by_chance else 1.0


def _pairs(counts: npt.NDArray[Any]) -> int:
    return int((counts * (counts - 1) // 2).sum())
