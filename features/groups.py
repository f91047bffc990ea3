"""Groups of rows that lie side by side."""

from __future__ import annotations

import numpy as np

from features.partial import Array


def changes(*columns: Array) -> Array:
    """Which rows differ from the one before in any of the columns; the first does.

    >>> changes(np.array([1, 1, 2, 2]), np.array([5, 5, 5, 6])).tolist()
    [True, False, True, True]
    """
    new = np.ones(len(columns[0]), dtype=np.bool_)
    new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return new
