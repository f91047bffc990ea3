"""One value of a view, row by row: as it was served, and as it is offline."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

_WORST = 3
#: An entity and an instant in ms.
At = tuple[tuple[str, ...], int]


@dataclass(frozen=True)
class Differs:
    """A row in which both differ: of whom, as of when in ms, and what they are."""

    at: At
    served: Any
    offline: Any


@dataclass(frozen=True)
class Compared:
    """How a value fared, in rows.

    They are `equal`; or `late`, since what was served lacked what became known just before; or `missing`,
    since it was what a view says of nobody, and offline it is not; or `extra`, the other way round; or a
    `mismatch`. `smape` is the mean of 2 |s - o| / (|s| + |o|) over all rows that have both numbers, from 0 to
    2; None if there are none. The `worst` are of the rows that differ and are not late.
    """

    value: str
    rows: int
    equal: int
    late: int
    mismatch: int
    missing: int
    extra: int
    smape: float | None
    worst: tuple[Differs, ...]

    @property
    def share(self) -> float:
        """The share of rows that differ and are not late."""
        return (self.mismatch + self.missing + self.extra) / max(1, self.rows)


class Values:
    """A value of rows; None where none was kept, as in files from before there was such a value.

    Numbers are equal within `tolerance`, of the larger one if that is above 1. One is late if it is between
    the least and the greatest that readers would have said that were not as far behind; what is no number, if
    it is what one of them would have said.
    """

    def __init__(self, served: Sequence[Any], offline: Sequence[Any], tolerance: float) -> None:
        self._served, self._offline, self._tolerance = served, offline, tolerance
        self._known = np.array([value is not None for value in served], np.bool_)
        pairs = zip(served, offline, strict=True)
        equal = np.array([alike(one, other, tolerance) for one, other in pairs], np.bool_)
        self._equal = self._known & equal
        self._late = np.zeros(len(served), np.bool_)
        self._low, self._high = list(offline), list(offline)

    @property
    def differs(self) -> npt.NDArray[np.bool_]:
        """The rows of which nothing explains the difference yet."""
        return self._known & ~self._equal & ~self._late

    def behind(self, rows: Iterable[int], then: Sequence[Any]) -> None:
        """Take note of what a reader that was behind would have said of these rows; further than the last."""
        for row, value in zip(rows, then, strict=True):
            self._low[row], self._high[row] = _wider(self._low[row], self._high[row], value)
            served = self._served[row]
            said = alike(served, value, self._tolerance) or _between(self._low[row], served, self._high[row])
            self._late[row] |= self.differs[row] and said

    def compared(self, name: str, at: Sequence[At], nobody: Any) -> Compared:
        """How it fared, of these rows. `nobody` is its value of nobody."""
        differs = np.flatnonzero(self.differs).tolist()
        apart = [symmetric(self._served[row], self._offline[row]) for row in range(len(at))]
        missing = sum(alike(self._served[row], nobody, self._tolerance) for row in differs)
        extra = sum(alike(self._offline[row], nobody, self._tolerance) for row in differs)
        numbers = [of for of, known in zip(apart, self._known, strict=True) if known and of is not None]
        worst = sorted(differs, key=lambda row: -_far(apart[row]))[:_WORST]
        return Compared(
            value=name,
            rows=int(self._known.sum()),
            equal=int(self._equal.sum()),
            late=int(self._late.sum()),
            mismatch=len(differs) - missing - extra,
            missing=missing,
            extra=extra,
            smape=math.fsum(numbers) / len(numbers) if numbers else None,
            worst=tuple(Differs(at[row], self._served[row], self._offline[row]) for row in worst),
        )


def alike(one: Any, other: Any, tolerance: float) -> bool:
    """Whether they are equal, of lists and objects in every part.

    >>> alike([{"item": "t1", "value": 0.5}], [{"item": "t1", "value": 0.5 + 1e-12}], 1e-9)
    True
    """
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(
            alike(*pair, tolerance) for pair in zip(one, other, strict=True)
        )
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[name], other[name], tolerance) for name in one)
    if _is_number(one) and _is_number(other):
        return bool(abs(one - other) <= tolerance * max(1, abs(one), abs(other)))
    return bool(one == other) or (_is_none(one) and _is_none(other))


def symmetric(one: Any, other: Any) -> float | None:
    """How far two numbers are apart, from 0 to 2; None of what is no number.

    >>> symmetric(1.0, 3.0), symmetric(0, 0), symmetric("a", "b")
    (1.0, 0.0, None)
    """
    if not (_is_number(one) and _is_number(other)):
        return None
    return float(2 * abs(one - other) / (abs(one) + abs(other))) if one != other else 0.0


def _far(apart: float | None) -> float:
    """What is no number is as far as can be."""
    return 2.0 if apart is None else apart


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and value == value


def _is_none(value: Any) -> bool:
    return isinstance(value, float) and value != value


def _wider(low: Any, high: Any, value: Any) -> tuple[Any, Any]:
    """A range that holds a number, too; what is none changes nothing."""
    if not _is_number(value):
        return low, high
    return (min(low, value), max(high, value)) if _is_number(low) else (value, value)


def _between(low: Any, value: Any, high: Any) -> bool:
    return _is_number(low) and _is_number(value) and bool(low <= value <= high)
