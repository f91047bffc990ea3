"""Aggregates that add up: over the events of one type (`on`) for which a SQL condition holds (`where`).

Values are SQL expressions (`of`), and events whose value is null are left out. Each is rounded to 1/scale and
added as a whole number, so that order does not matter and a replay is exact: a sum in a window must stay
below 2^63 / scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np

from features.duration import parse_ms
from features.partial import TILE_MS, Array, Partial, filtered, holds

SCALE = 10**10


@dataclass(frozen=True)
class Count:
    """How many events; of those of a tile with the same `unique` one counts. Costs 4 bytes a tile.

    With `unique` the job remembers every value of a tile for a day.
    """

    name: str
    on: str
    where: str | None = None
    unique: str | None = None

    def partials(self) -> tuple[Partial, ...]:
        """The count itself."""
        if not self.unique:
            return (Partial(self.name, "<u4", filtered("COUNT(*)", self.on, self.where), "sum"),)
        count = filtered(f"COUNT(DISTINCT {self.unique})", self.on, self.where)
        one = f"CASE WHEN {holds(self.on, self.where)} THEN {self.unique} END"
        return (Partial(self.name, "<u4", count, "sum", unique=one),)

    def finalize(self, merged: Mapping[str, Array]) -> Array:
        """A whole number; 0 when there was no event."""
        return merged[self.name]


@dataclass(frozen=True)
class _OfValues:
    name: str
    of: str
    on: str
    where: str | None = None
    scale: int = SCALE

    def _whole(self) -> str:
        return _scaled(self.of, self.scale)

    def _total(self, name: str, value: str) -> Partial:
        return _total(name, value, self.on, self.where, "sum")

    def _how_many(self) -> Partial:
        return Partial(f"{self.name}_n", "<u4", filtered(f"COUNT({self.of})", self.on, self.where), "sum")


class Sum(_OfValues):
    """The sum of a value. Costs 8 bytes a tile."""

    def partials(self) -> tuple[Partial, ...]:
        """The scaled sum."""
        return (self._total(self.name, self._whole()),)

    def finalize(self, merged: Mapping[str, Array]) -> Array:
        """A float; 0 when there was no event."""
        total: Array = merged[self.name] / self.scale
        return total


class Mean(_OfValues):
    """The mean of a value. Costs 12 bytes a tile."""

    def partials(self) -> tuple[Partial, ...]:
        """The scaled sum and the count."""
        return self._total(f"{self.name}_sum", self._whole()), self._how_many()

    def finalize(self, merged: Mapping[str, Array]) -> Array:
        """A float; NaN when there was no event."""
        n = merged[f"{self.name}_n"]
        with np.errstate(invalid="ignore", divide="ignore"):
            mean: Array = merged[f"{self.name}_sum"] / n / self.scale
        return mean


@dataclass(frozen=True)
class Variance(_OfValues):
    """The population variance of a value. Costs 20 bytes a tile.

    Exact for the rounded values; the sum of (value * scale)^2 in a window must stay below 2^63.
    """

    scale: int = 1_000

    def partials(self) -> tuple[Partial, ...]:
        """The scaled sum, that of the squares, and the count."""
        value = self._whole()
        return (
            self._total(f"{self.name}_sum", value),
            self._total(f"{self.name}_squares", f"{value} * {value}"),
            self._how_many(),
        )

    def finalize(self, merged: Mapping[str, Array]) -> Array:
        """A float; NaN when there was no event."""
        # Whole numbers of any size: the difference of two large ones is all that is left.
        total, squares, n = (merged[f"{self.name}_{part}"].astype(object) for part in ("sum", "squares", "n"))
        spread = (n * squares - total * total).astype(np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            variance: Array = spread / merged[f"{self.name}_n"].astype(np.float64) ** 2 / self.scale**2
        return variance


@dataclass(frozen=True)
class DecayedSum:
    """A sum in which each event counts for half as much after every `half_life`. Costs 8 bytes a tile.

    Without `of` it is a count. Events older than `window` are left out: of seven half-lives, what is lost is
    below 1%. A tile holds its sum as of its start (Cormode et al., Forward decay, ICDE 2009), so that it does
    not change while time passes; it must not be longer than some half-lives, or the sums would be large.
    """

    name: str
    on: str
    half_life: str
    window: str
    of: str = "1E0"
    where: str | None = None
    scale: int = SCALE

    def partials(self) -> tuple[Partial, ...]:
        """The scaled sum as of the start of the tile."""
        half_life_ms = parse_ms(self.half_life)
        grown = f"({self.of}) * POWER(2E0, MOD(event_time, {TILE_MS}) / {half_life_ms}E0)"
        value = _scaled(grown, self.scale)
        return (_total(self.name, value, self.on, self.where, "decay", half_life_ms),)

    def finalize(self, merged: Mapping[str, Array]) -> Array:
        """A float; 0 when there was no event."""
        total: Array = merged[self.name] / self.scale
        return total


def _scaled(of: str, scale: int) -> str:
    return f"CAST(ROUND(({of}) * {Decimal(scale).normalize():E}) AS BIGINT)"


def _total(
    name: str, value: str, on: str, where: str | None, merge: Literal["sum", "decay"], half_life_ms: int = 0
) -> Partial:
    # A null would make the column float64 on its way to Python: whole numbers to 2^53 only.
    return Partial(name, "<i8", filtered(f"SUM({value})", on, where), merge, half_life_ms, or_zero=True)
