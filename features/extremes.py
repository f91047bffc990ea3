"""Aggregates that keep one event's value: the least and the greatest, the first and the last in time.

They are over the events of one type (`on`), or of any, for which a SQL condition holds (`where`). Values are
SQL expressions (`of`), and events whose value is null are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from features.partial import Array, Partial, decoded, filtered, timed

#: Of a double, as in "-2.2250738585072014E-308".
_LONGEST_NUMBER = 24


@dataclass(frozen=True)
class _Extreme:
    name: str
    of: str
    on: str | None = None
    where: str | None = None

    end: ClassVar[Literal["min", "max"]]

    def partials(self) -> tuple[Partial, ...]:
        """The value itself."""
        sql = filtered(f"{self.end.upper()}(CAST({self.of} AS DOUBLE))", self.on, self.where)
        return (Partial(self.name, "<f8", sql, self.end),)

    def finalize(self, merged: Mapping[str, Array]) -> Array:
        """A float; NaN when there was no event."""
        return merged[self.name]


class Min(_Extreme):
    """The least value. Costs 8 bytes a tile."""

    end = "min"


class Max(_Extreme):
    """The greatest value. Costs 8 bytes a tile."""

    end = "max"


@dataclass(frozen=True)
class _InTime:
    name: str
    of: str
    size_bytes: int = 16
    on: str | None = None
    where: str | None = None

    end: ClassVar[Literal["first", "last"]]

    def partials(self) -> tuple[Partial, ...]:
        """The time and the value."""
        return self._in_time(self.of)

    def _in_time(self, of: str) -> tuple[Partial, ...]:
        best = "MIN" if self.end == "first" else "MAX"
        sql = filtered(f"{best}({timed(of)})", self.on, self.where)
        return (Partial(self.name, f"S{self.size_bytes}", sql, self.end),)

    def finalize(self, merged: Mapping[str, Array]) -> Array:
        """A text; empty when there was no event."""
        return decoded(merged[self.name]["value"])


class First(_InTime):
    """The first text in event time, of events of any type unless told; at equal times the lesser one.

    Costs 8 + size_bytes a tile; a longer value is cut between characters.
    """

    end = "first"


class Last(_InTime):
    """The last text in event time, of events of any type unless told; at equal times the greater one.

    Costs 8 + size_bytes a tile; a longer value is cut between characters.
    """

    end = "last"


@dataclass(frozen=True)
class LastNumber(_InTime):
    """The last number in event time. Costs 8 + size_bytes a tile, and any number fits as a text unless told
    less: then one whose text is longer is left out, since cut it would be another number.
    """

    size_bytes: int = _LONGEST_NUMBER

    end = "last"

    def partials(self) -> tuple[Partial, ...]:
        """The time and the number, as a text."""
        text = f"CAST({self.of} AS STRING)"
        if self.size_bytes < _LONGEST_NUMBER:
            text = f"CASE WHEN CHAR_LENGTH({text}) <= {self.size_bytes} THEN {text} END"
        return self._in_time(text)

    def finalize(self, merged: Mapping[str, Array]) -> Array:
        """A float; NaN when there was no event."""
        texts = merged[self.name]["value"]
        return np.where(texts == b"", b"nan", texts).astype(np.float64)
