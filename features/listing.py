"""What is stored of items: bounded lists, of which the greatest entries stay.

An entry is a weight that only grows, and its item. Of one item the greatest entry stays, and of all items the
`keep` greatest. What a list holds in the end depends neither on the order of the writes nor on repeats: it is
the `keep` greatest of the greatest of each item, a join semilattice (Shapiro et al., Conflict-free replicated
data types, SSS 2011).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from features.duration import parse_ms
from features.partial import Array, Instant, Mask, decoded, truncate_utf8
from features.ring import STATE_TTL_MS, Ring
from schemas.topics import FUTURE_TOLERANCE_MS, MINUTE_MS


@dataclass(frozen=True)
class Held:
    """The entries of some entities, those of all slots side by side. Shape (entities, entries).

    `inside` tells which of them there are and in a tile of the window. In a slot the greatest come first.
    """

    entries: Array
    inside: Mask
    now_ms: Instant


@dataclass(frozen=True)
class Listed:
    """What all features over items share: the events of one type (`on`) for which a SQL condition holds
    (`where`), and whose item (`of`) is neither null nor empty, in a window of their own.

    Unless told otherwise, an item is a text, and its weight how many events there were.
    """

    name: str
    of: str
    on: str
    window: str
    where: str | None = field(default=None, kw_only=True)

    @property
    def kept(self) -> int:
        """How many entries a list holds at most."""
        raise NotImplementedError

    @property
    def tile_ms(self) -> int:
        """The length of a tile; 0 where one list is for all time."""
        raise NotImplementedError

    @property
    def entry(self) -> np.dtype[Any]:
        """An entry. It is big-endian, so that entries compare as their bytes do; the item is at its end."""
        raise NotImplementedError

    @property
    def item_at(self) -> int:
        """Where in an entry the item begins; at its start, if the weight is all there is to it."""
        fields = self.entry.fields
        return int(fields["item"][1]) if fields and "item" in fields else 0

    @property
    def forgets(self) -> bool:
        """Whether an entry that has left the window means nothing any more: else it still takes a place."""
        return True

    @property
    def window_ms(self) -> int:
        """The length of the window."""
        return parse_ms(self.window)

    @property
    def counts(self) -> bool:
        """Whether a weight follows from all events of its item, and not from the greatest alone."""
        return True

    @property
    def remembered_ms(self) -> int:
        """How long a job remembers an item that does not come again. A count would begin anew; what is
        greatest is known to the list, so memory only spares it what comes twice at once."""
        return STATE_TTL_MS if self.counts else MINUTE_MS

    @property
    def ring(self) -> Ring:
        """Where its tiles are kept."""
        raise NotImplementedError

    @property
    def value_names(self) -> tuple[str, ...]:
        """The values that a read gives."""
        return (self.name,)

    def columns(self) -> dict[str, str]:
        """Flink SQL of what its rows are grouped by, beside the entity: tile, if it has any, and item."""
        return {"item": self.of}

    @property
    def item_type(self) -> str:
        """The SQL type of an item."""
        return "STRING"

    def weight(self) -> str:
        """Flink SQL of an item's weight, an aggregate that only grows."""
        return "COUNT(*)"

    def conditions(self) -> tuple[str, ...]:
        """Flink SQL of which events count."""
        return (f"event = '{self.on}'", *([f"({self.where})"] if self.where else []), f"({self.of}) <> ''")

    def pack(self, items: Array, weights: Array) -> Array:
        """Entries from what the SQL gives. Shape (rows,)."""
        entries = np.zeros(len(items), dtype=self.entry)
        entries["weight"] = weights
        entries["item"] = cut(items, entries["item"].itemsize)
        return entries

    def begins_ms(self, tiles: Array, entries: Array) -> Array:
        """When each entry began to count. Shape (rows,)."""
        raise NotImplementedError

    def inside(self, tiles: Array, now_ms: Instant) -> Mask:
        """Which of these tiles the window sees as of `now_ms`."""
        raise NotImplementedError

    def finalize(self, held: Held) -> dict[str, Array]:
        """The values of every entity, keyed by `value_names`."""
        raise NotImplementedError


@dataclass(frozen=True)
class Tiled(Listed):
    """One whose window is made of tiles."""

    tile: str = field(kw_only=True)

    def __post_init__(self) -> None:
        if self.window_ms % self.tile_ms:
            raise ValueError(f"{self.name}: window {self.window} is no multiple of its tile {self.tile}")

    @property
    def tile_ms(self) -> int:
        """As declared."""
        return parse_ms(self.tile)

    @property
    def ring(self) -> Ring:
        """A slot for each tile that the window sees."""
        return Ring.of(self.tile_ms, self.window_ms // self.tile_ms)

    def columns(self) -> dict[str, str]:
        """The tile comes first."""
        return {"tile": f"event_time / {self.tile_ms}", **super().columns()}

    def begins_ms(self, tiles: Array, entries: Array) -> Array:
        """With its tile."""
        begins: Array = tiles.astype(np.int64) * self.tile_ms
        return begins

    def inside(self, tiles: Array, now_ms: Instant) -> Mask:
        """Those of the window."""
        # Unsigned: a tile from the future, like an empty one, is too far in the past for any window.
        ago = np.uint32(now_ms // self.tile_ms) - tiles
        seen: Mask = ago < self.window_ms // self.tile_ms
        return seen


@dataclass(frozen=True)
class Timed(Listed):
    """One list for all time, of at most `k` entries that each have a time. Unless told otherwise, the time is
    the weight."""

    k: int = field(kw_only=True)

    @property
    def kept(self) -> int:
        """As declared."""
        return self.k

    @property
    def tile_ms(self) -> int:
        """It has no tiles: each entry has a time."""
        return 0

    @property
    def counts(self) -> bool:
        """A time is its own."""
        return False

    @property
    def ring(self) -> Ring:
        """One slot, which outlasts what the window sees."""
        return Ring(self.window_ms + FUTURE_TOLERANCE_MS, 1)

    def times_ms(self, entries: Array) -> Array:
        """The event time of each entry."""
        times: Array = entries["weight"].astype(np.int64)
        return times

    def begins_ms(self, tiles: Array, entries: Array) -> Array:
        """With its event."""
        return self.times_ms(entries)

    def inside(self, tiles: Array, now_ms: Instant) -> Mask:
        """All of them: it is the times that tell."""
        return np.ones(tiles.shape, dtype=np.bool_)


def cut(items: Array, size_bytes: int) -> list[bytes]:
    """Texts as bytes of a size at most, cut between characters."""
    return [truncate_utf8(item, size_bytes) for item in items]


def readable(found: Array) -> Array:
    """Records whose item is a text."""
    items = decoded(found["item"])
    assert found.dtype.names
    dtype = [("item", items.dtype), *((n, found.dtype[n]) for n in found.dtype.names if n != "item")]
    readable = np.zeros(found.shape, dtype=dtype)
    readable["item"] = items
    for name in found.dtype.names[1:]:
        readable[name] = found[name]
    return readable
