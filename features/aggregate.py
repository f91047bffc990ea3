"""The algebra of features: what a tile stores, how tiles merge, and what is read from the merged.

A *stored* aggregate has partials: columns that Flink SQL computes for each tile and that merge by sum, or by
taking the last in event time. A *derived* feature stores nothing and is read from stored ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

#: Means keep their sums as whole numbers of 1/SCALE, so that order does not matter and a replay is exact.
SCALE = 10**10
_TIME_DIGITS = 15


@dataclass(frozen=True)
class Partial:
    """A column of a tile: its numpy dtype, its Flink SQL over the events of a tile, how two tiles merge.

    A `last` is a record of `at` (ms since the epoch, 0 for none) and `value`; its SQL gives
    15 digits of time and the value behind them, so that the greatest text is the last in event time.
    """

    name: str
    dtype: str
    sql: str
    merge: Literal["sum", "last"]

    def numpy_dtype(self) -> np.dtype[Any]:
        """What one tile stores for it, little-endian."""
        return (
            np.dtype([("at", "<u8"), ("value", self.dtype)]) if self.merge == "last" else np.dtype(self.dtype)
        )

    def from_sql(self, column: Array) -> Array:
        """What the SQL gives, as what is stored. Shape (rows,)."""
        if self.merge == "sum":
            return column.astype(self.dtype)
        stored = np.zeros(len(column), dtype=self.numpy_dtype())
        for row, text in enumerate(column):
            if text is not None:
                stored[row] = (
                    int(text[:_TIME_DIGITS]),
                    truncate_utf8(text[_TIME_DIGITS:], stored["value"].itemsize),
                )
        return stored

    def merge_tiles(self, tiles: Array, inside: npt.NDArray[np.bool_]) -> Array:
        """Merge the tiles that are inside the window: shape (entities, tiles) becomes (entities,)."""
        if self.merge == "sum":
            wide = np.float64 if self.dtype.startswith("<f") else np.int64
            # Of few tiles, in half the time of a sum with `where`.
            total: Array = np.vecdot(tiles, inside, dtype=wide)
            return total
        newest = np.where(inside, tiles["at"], 0).argmax(axis=-1)
        each = np.arange(len(tiles))
        last: Array = tiles[each, newest]
        last[~inside[each, newest]] = np.zeros((), dtype=tiles.dtype)
        return last


def truncate_utf8(text: str, size_bytes: int) -> bytes:
    """The longest beginning of a text that fits, cut between characters.

    >>> truncate_utf8("naïve", 3)
    b'na'
    """
    return text.encode()[:size_bytes].decode(errors="ignore").encode()


class Stored(Protocol):
    """An aggregate with partials of its own."""

    @property
    def name(self) -> str: ...

    def partials(self) -> tuple[Partial, ...]:
        """The columns that each tile stores."""

    def finalize(self, merged: Mapping[str, Array]) -> Array:
        """The value in a window from its merged partials, which are keyed by their names."""


def _filtered(sql: str, on: str) -> str:
    return f"{sql} FILTER (WHERE event = '{on}')"


@dataclass(frozen=True)
class Count:
    """How many events of one type. Costs 4 bytes a tile."""

    name: str
    on: str

    def partials(self) -> tuple[Partial, ...]:
        """The count itself."""
        return (Partial(self.name, "<u4", _filtered("COUNT(*)", self.on), "sum"),)

    def finalize(self, merged: Mapping[str, Array]) -> Array:
        """A whole number; 0 when there was no event."""
        return merged[self.name]


@dataclass(frozen=True)
class Mean:
    """The mean of a numeric SQL expression over events of one type. Costs 12 bytes a tile.

    Each event's value is rounded to 1/SCALE; the sum of a tile must stay below 2^63 / SCALE, about 9e8.
    """

    name: str
    of: str
    on: str
    scale: int = SCALE

    def partials(self) -> tuple[Partial, ...]:
        """The scaled sum and the count."""
        value = f"CAST(ROUND({self.of} * {float(self.scale):.0E}) AS BIGINT)"
        return (
            # A null would make the column float64 on its way to Python: whole numbers to 2^53 only.
            Partial(f"{self.name}_sum", "<i8", f"COALESCE({_filtered(f'SUM({value})', self.on)}, 0)", "sum"),
            Partial(f"{self.name}_n", "<u4", _filtered("COUNT(*)", self.on), "sum"),
        )

    def finalize(self, merged: Mapping[str, Array]) -> Array:
        """A float; NaN when there was no event."""
        n = merged[f"{self.name}_n"]
        with np.errstate(invalid="ignore", divide="ignore"):
            mean: Array = merged[f"{self.name}_sum"] / n / self.scale
        return mean


@dataclass(frozen=True)
class Last:
    """The last value of a column in event time, of any event; at equal times the greater text.

    Costs 8 + size_bytes a tile; a longer value is cut between characters.
    """

    name: str
    of: str
    size_bytes: int = 16

    def partials(self) -> tuple[Partial, ...]:
        """The time and the value."""
        sql = f"MAX(LPAD(CAST(event_time AS STRING), {_TIME_DIGITS}, '0') || {self.of})"
        return (Partial(self.name, f"S{self.size_bytes}", sql, "last"),)

    def finalize(self, merged: Mapping[str, Array]) -> Array:
        """A text; empty when there was no event."""
        values = merged[self.name]["value"]
        try:
            return values.astype(np.str_)
        except UnicodeDecodeError:  # It takes ASCII alone; np.char.decode takes six times as long.
            return np.array([value.decode() for value in values.tolist()], dtype=np.str_)


@dataclass(frozen=True)
class Rate:
    """One count over another, drawn towards a prior while there is little evidence.

    (numerator + prior * strength) / (denominator + strength): the mean of a Beta posterior when the
    numerator is a share of the denominator (Gelman et al., Bayesian Data Analysis, 2.4). Stores nothing.
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
class Velocity:
    """A count's rate in a short window over its rate in a long one; above 1 it rises. Stores nothing."""

    name: str
    of: str
    short: str
    long: str

    def derive(self, short: Array, long: Array, short_ms: int, long_ms: int) -> Array:
        """A float; NaN when the long window is empty."""
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio: Array = (short / short_ms) / (long / long_ms)
        return ratio


Feature = Count | Mean | Last | Rate | Velocity
STORED: tuple[type[Count] | type[Mean] | type[Last], ...] = (Count, Mean, Last)
