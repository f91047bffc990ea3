"""Packed rows: the tiles of an entity as one Redis string, a ring of fixed-size little-endian records.

The record of a tile lies at `(tile % slots) * record size`. Its first 8 bytes are the guard: of two records
for a slot the one with the greater (tile, n) stays. `n`, the events in the tile, only grows within a
generation, and each generation has keys of its own (`features.live`).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from features.partial import Array
from features.ring import Ring
from features.view import View

HEADER = [("tile", "<u4"), ("n", "<u4"), ("newest", "<u4")]
_ESCAPES = str.maketrans({"%": "%25", "|": "%7C", "{": "%7B", "}": "%7D"})
_ESCAPED = re.compile(r"[%|{}]")


def entity_texts(columns: Sequence[Sequence[str]]) -> list[str]:
    """Each entity's columns as one text, escaped so that different entities never look the same.

    >>> entity_texts([["t1", "t2"], ["BR", "JP"]]), entity_texts([["a|b"]])
    (['t1|BR', 't2|JP'], ['a%7Cb'])
    """
    return list(map("|".join, zip(*map(_escaped, columns), strict=True)))


def entity_text(parts: Sequence[str]) -> str:
    """The text of one entity.

    >>> entity_text(["t1", "BR"])
    't1|BR'
    """
    return entity_texts([[part] for part in parts])[0]


def _escaped(column: Sequence[str]) -> Sequence[str]:
    # Few columns hold anything to escape, and one search is quicker than a translation of each value.
    return [part.translate(_ESCAPES) for part in column] if _ESCAPED.search("".join(column)) else column


def newest_key(view: View, generation: int) -> str:
    """The key that holds the time of the newest event behind the view, in ms, as text."""
    return f"hw:view:{view.name}:v{view.version}:newest_ms:g{generation:x}"


def keys_of(view: View, part: str, entities: Sequence[str], generation: int) -> list[str]:
    """The key of a part of the view for each entity text."""
    tail = f"}}:{view.name}:v{view.version}:{part}:g{generation:x}"
    return ["hw:{" + entity + tail for entity in entities]


def digest_of(text: str) -> str:
    """Four digits that differ where what is stored does."""
    return f"{zlib.crc32(text.encode()) & 0xFFFF:04x}"


@dataclass(frozen=True)
class Layout:
    """How one ring of a view is stored."""

    view: View
    ring: Ring

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """One tile's record. `newest` is the time of its newest event, in ms from the tile's start."""
        return np.dtype(HEADER + [(p.name, p.numpy_dtype()) for p in self.view.partials])

    @cached_property
    def ttl_s(self) -> int:
        """How long a ring is kept after its last write: until no window can see any of its tiles."""
        return self.ring.ttl_s

    @cached_property
    def digest(self) -> str:
        """Four digits of the record and the slots: no ring is read by another's layout."""
        return digest_of(f"{self.dtype.descr}{self.ring.slots}")

    def keys(self, entities: Sequence[str], generation: int) -> list[str]:
        """The key of each entity text; the braces are Redis Cluster's hash tag."""
        return keys_of(self.view, f"{self.ring.name}:{self.digest}", entities, generation)

    def pack(self, columns: Sequence[Array]) -> Array:
        """Records, one a row, from the columns of the view's SQL: tile, n, newest_ms, then each partial."""
        tile, n, newest_ms, *partials = columns
        records = np.zeros(len(tile), dtype=self.dtype)
        records["tile"], records["n"] = tile, n
        records["newest"] = newest_ms - tile * self.ring.tile_ms
        for partial, column in zip(self.view.partials, partials, strict=True):
            records[partial.name] = partial.from_sql(column)
        return records

    def begins_ms(self, records: Array) -> Array:
        """When the tile of each record began."""
        begins: Array = records["tile"].astype(np.int64) * self.ring.tile_ms
        return begins

    def unpack(self, rows: Sequence[bytes | None]) -> Array:
        """Rings as they were read from Redis, in slot order; an absent one is empty. (entities, slots)."""
        size = self.dtype.itemsize * self.ring.slots
        whole = b"".join([(row or b"").ljust(size, b"\0") for row in rows])
        return np.frombuffer(whole, dtype=self.dtype).reshape(len(rows), self.ring.slots)


@cache
def layouts(view: View) -> tuple[Layout, ...]:
    """The layout of each ring of a view, finest first."""
    return tuple(Layout(view, ring) for ring in view.rings)
