"""What a tile stores: columns that Flink SQL computes for each tile, and how those of two tiles merge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]
#: A time in ms since the epoch: the same for all, or one for each entity, of shape (entities, 1).
Instant = int | Array

#: In the SQL of a partial: how long the tile is, in ms.
TILE_MS = "$tile_ms"
_TIME_DIGITS = 15


@dataclass(frozen=True)
class Partial:
    """A column of a tile: its numpy dtype, an aggregate of SQL over the events of a tile, how two tiles
    merge.

    A `min` or `max` is a float, NaN for none. A `first` or `last` is a record of `at` (ms since the epoch, 0
    for none) and `value`; its SQL is `timed`. A `decay` is a sum as of the start of the tile, which halves
    every `half_life_ms`. Where there is nothing to aggregate the SQL gives null, or 0 if `or_zero`. With
    `unique`, SQL, it is how many different values that has, nulls left out.
    """

    name: str
    dtype: str
    aggregate: str
    merge: Literal["sum", "min", "max", "first", "last", "decay"]
    half_life_ms: int = 0
    or_zero: bool = False
    unique: str | None = None

    @property
    def sql(self) -> str:
        """Its SQL, for a GROUP BY."""
        return f"COALESCE({self.aggregate}, 0)" if self.or_zero else self.aggregate

    def numpy_dtype(self) -> np.dtype[Any]:
        """What one tile stores for it, little-endian."""
        if self.merge in ("first", "last"):
            return np.dtype([("at", "<u8"), ("value", self.dtype)])
        return np.dtype(self.dtype)

    def from_sql(self, column: Array) -> Array:
        """What the SQL gives, as what is stored. Shape (rows,)."""
        if self.merge not in ("first", "last"):
            return column.astype(self.dtype)
        stored = np.zeros(len(column), dtype=self.numpy_dtype())
        there = np.array([text is not None for text in column], dtype=np.bool_)
        size = _TIME_DIGITS + stored["value"].itemsize
        texts = np.array([truncate_utf8(text, size) for text in column[there]], dtype=f"S{size}")
        told = texts.view([("at", f"S{_TIME_DIGITS}"), ("value", stored["value"].dtype)])
        stored["at"][there], stored["value"][there] = told["at"].astype(np.uint64), told["value"]
        return stored

    def merge_tiles(self, tiles: Array, inside: Mask, age_ms: Array | None = None) -> Array:
        """Merge the tiles that are inside the window: shape (entities, tiles) becomes (entities,).

        `age_ms` is the time since each tile's start, which only a `decay` asks for.
        """
        match self.merge:
            case "sum":
                wide = np.float64 if self.dtype.startswith("<f") else np.int64
                # Of few tiles, in half the time of a sum with `where`.
                total: Array = np.vecdot(tiles, inside, dtype=wide)
                return total
            case "min" | "max":
                best = np.fmin if self.merge == "min" else np.fmax
                found: Array = best.reduce(np.where(inside, tiles, np.nan), axis=-1, initial=np.nan)
                return found
            case "decay":
                assert age_ms is not None
                left = np.where(inside, np.exp2(-age_ms / self.half_life_ms), 0.0)
                decayed: Array = np.vecdot(tiles.astype(np.float64), left)
                return decayed
        return self._at_an_end(tiles, inside)

    def _at_an_end(self, tiles: Array, inside: Mask) -> Array:
        if self.merge == "last":
            best = np.where(inside, tiles["at"], 0).argmax(axis=-1)
        else:
            inside = inside & (tiles["at"] > 0)
            best = np.where(inside, tiles["at"], np.iinfo(np.uint64).max).argmin(axis=-1)
        each = np.arange(len(tiles))
        found: Array = tiles[each, best]
        found[~inside[each, best]] = np.zeros((), dtype=tiles.dtype)
        return found


def filtered(sql: str, on: str | None, where: str | None) -> str:
    """An aggregate over the events of one type, or of any, for which a condition holds.

    >>> filtered("COUNT(*)", "hover", "dwell_ms > 500")
    "COUNT(*) FILTER (WHERE event = 'hover' AND (dwell_ms > 500))"
    """
    condition = holds(on, where)
    return f"{sql} FILTER (WHERE {condition})" if condition else sql


def holds(on: str | None, where: str | None) -> str:
    """Of the events of one type, or of any, those for which a condition holds; empty where all do."""
    return " AND ".join(([f"event = '{on}'"] if on else []) + ([f"({where})"] if where else []))


def timed(of: str) -> str:
    """SQL of a text whose order is that of event time: 15 digits of it, and the value behind them.

    >>> timed("query")
    "LPAD(CAST(event_time AS STRING), 15, '0') || query"
    """
    return f"LPAD(CAST(event_time AS STRING), {_TIME_DIGITS}, '0') || {of}"


def truncate_utf8(text: str, size_bytes: int) -> bytes:
    """The longest beginning of a text that fits, cut between characters.

    >>> truncate_utf8("naïve", 3)
    b'na'
    """
    raw = text.encode()
    return raw if len(raw) <= size_bytes else raw[:size_bytes].decode(errors="ignore").encode()


def decoded(values: Array) -> Array:
    """Texts of UTF-8, of any shape.

    >>> decoded(np.array([["tv".encode(), "電".encode()]])).tolist()
    [['tv', '電']]
    """
    raw = np.ascontiguousarray(values).view(np.uint8)
    if (raw < 128).all():  # ASCII becomes UTF-32 by widening, in a tenth of astype's time.
        return raw.astype(np.uint32).view(f"U{values.itemsize}").reshape(values.shape)
    texts = [value.decode() for value in values.ravel().tolist()]
    return np.array(texts, dtype=np.str_).reshape(values.shape)
