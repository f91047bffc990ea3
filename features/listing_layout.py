"""Packed lists: those of an entity as one Redis string, a slot for each tile that the window sees.

A slot is the number of its tile (u4), how many entries it holds (u4), both little-endian, and the entries,
the greatest first. Each takes the room of a full one, but one that is alone; what follows the entries means
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from features.layout import digest_of, keys_of
from features.listing import Held, Listed
from features.partial import Array, Instant
from features.view import View

HEADER = [("tile", "<u4"), ("used", "<u4")]


@dataclass(frozen=True)
class ListLayout:
    """How one listed feature of a view is stored."""

    view: View
    of: Listed

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """One slot."""
        return np.dtype([*HEADER, ("entries", self.of.entry, (self.of.kept,))])

    @cached_property
    def row(self) -> np.dtype[Any]:
        """What is written: the number of a tile, and an entry."""
        return np.dtype([("tile", "<u4"), ("entry", self.of.entry)])

    @cached_property
    def digest(self) -> str:
        """Four digits of the slots: no list is read by another's layout."""
        return digest_of(f"{self.of.entry.descr}{self.of.kept}{self.of.ring}")

    def keys(self, entities: Sequence[str], generation: int) -> list[str]:
        """The key of each entity text."""
        return keys_of(self.view, f"{self.of.name}:{self.digest}", entities, generation)

    def pack(self, columns: Sequence[Array]) -> Array:
        """Rows to write from the columns of the listing's SQL: tile, if any, item, weight."""
        *tile, item, weight = columns
        rows = np.zeros(len(item), dtype=self.row)
        rows["tile"] = tile[0] if tile else 0
        rows["entry"] = self.of.pack(item, weight)
        return rows

    def begins_ms(self, rows: Array) -> Array:
        """When the tile of each row began; where there are no tiles, the time of its entry."""
        return self.of.begins_ms(rows["tile"], rows["entry"])

    def unpack(self, strings: Sequence[bytes | None]) -> Array:
        """Strings as they were read from Redis; an absent one is empty. Shape (entities, slots)."""
        slots = self.of.ring.slots
        size = self.dtype.itemsize * slots
        whole = b"".join([(string or b"").ljust(size, b"\0") for string in strings])
        return np.frombuffer(whole, dtype=self.dtype).reshape(len(strings), slots)

    def values(self, slots: Array, now_ms: Instant) -> dict[str, Array]:
        """The feature's values from the slots of entities. Shape (entities, slots)."""
        there = np.arange(self.of.kept) < slots["used"][..., None]
        inside = there & self.of.inside(slots["tile"], now_ms)[..., None]
        shape = len(slots), self.of.ring.slots * self.of.kept
        return self.of.finalize(Held(slots["entries"].reshape(shape), inside.reshape(shape), now_ms))


@cache
def list_layouts(view: View) -> tuple[ListLayout, ...]:
    """The layout of each listed feature of a view."""
    return tuple(ListLayout(view, feature) for feature in view.listed)
