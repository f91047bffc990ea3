"""Whose turn it is, among those of one kind: how many of them come before each in a batch, and after."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.intp]


def earlier(kinds: npt.NDArray[Any]) -> Codes:
    """How many of its kind, a whole number from 0 on, come before each.

    >>> earlier(np.array([1, 0, 1, 1])).tolist()
    [0, 0, 1, 2]
    """
    n, order = len(kinds), np.argsort(kinds, kind="stable")
    ordered = kinds[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    before = np.empty(n, np.intp)
    before[order] = np.arange(n) - np.repeat(starts, np.diff(np.r_[starts, n]))
    return before


def later(kinds: npt.NDArray[Any]) -> Codes:
    """How many of its kind come after each.

    >>> later(np.array([1, 0, 1, 1])).tolist()
    [2, 0, 1, 0]
    """
    return earlier(kinds[::-1])[::-1]
