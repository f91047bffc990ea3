"""Real interactions from a CSV in MovieLens layout: userId, movieId, rating, timestamp.

The layout: https://files.grouplens.org/datasets/movielens/ml-latest-small-README.html
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TextIO

from headwater.errors import HeadwaterError

BEST = 5.0


class Rating(NamedTuple):
    """What a user gave a movie, from 0 to 5, and when, in seconds since the epoch."""

    user: int
    movie: int
    stars: float
    at_s: int


@dataclass(frozen=True)
class BadRow:
    """A row that says nothing usable, and why.

    >>> print(BadRow(7, "rating", "good", "a number from 0 to 5"))
    line 7: rating is 'good', not a number from 0 to 5
    """

    line: int
    column: str
    value: str
    wanted: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.column} is {self.value!r}, not {self.wanted}"


@dataclass(frozen=True)
class _Column:
    name: str
    parse: Callable[[str], float]
    most: float
    wanted: str

    def takes(self, cell: str) -> bool:
        try:
            return 0 <= self.parse(cell) <= self.most
        except ValueError:
            return False


_ID = "a whole number from 0 to 999999999999"
_COLUMNS = (
    _Column("userId", int, 10**12 - 1, _ID),
    _Column("movieId", int, 10**12 - 1, _ID),
    _Column("rating", float, BEST, "a number from 0 to 5"),
    _Column("timestamp", int, 4_102_444_800, "whole seconds from 1970 to 2100"),
)


def read_ratings(path: Path, limit: int | None = None) -> tuple[list[Rating], list[BadRow]]:
    """The first `limit` rows, those that can be used in the order of their times, and those that cannot.

    Columns may stand in any order, beside others. Raises HeadwaterError when the file cannot be read or its
    header lacks a column.
    """
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            return _read(path, file, limit)
    except OSError as error:
        raise HeadwaterError(
            f"{path} cannot be read ({error.strerror})", "name a CSV of ratings in MovieLens layout"
        ) from None
    except csv.Error as error:
        raise HeadwaterError(f"{path} is no CSV ({error})", "name a CSV in MovieLens layout") from None


def _read(path: Path, file: TextIO, limit: int | None) -> tuple[list[Rating], list[BadRow]]:
    rows = csv.reader(file)
    header = [name.strip() for name in next(rows, [])]
    for column in _COLUMNS:
        if column.name not in header:
            wanted = ", ".join(c.name for c in _COLUMNS)
            raise HeadwaterError(f"{path} has no column {column.name}", f"its first line must name {wanted}")
    places = [header.index(column.name) for column in _COLUMNS]
    ratings: list[Rating] = []
    bad: list[BadRow] = []
    for row in islice(filter(None, rows), limit):
        cells = [row[place].strip() if place < len(row) else "" for place in places]
        wrong = next(((c, cell) for c, cell in zip(_COLUMNS, cells, strict=True) if not c.takes(cell)), None)
        if wrong is None:
            user, movie, stars, at_s = cells
            ratings.append(Rating(int(user), int(movie), float(stars), int(at_s)))
        else:
            column, cell = wrong
            bad.append(BadRow(rows.line_num, column.name, cell, column.wanted))
    return sorted(ratings, key=lambda r: r.at_s), bad
