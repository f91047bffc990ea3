"""The double of Redis for features: the same guards, in a dictionary."""

from __future__ import annotations

from collections.abc import Sequence

from features.layout import Layout, newest_key
from features.listing_layout import ListLayout
from features.live import DEGRADED_KEY, LIVE_KEY, Live, views_key
from features.partial import Array
from sinks.memory_lists import MemoryLists


class MemoryTiles:
    """Tiles and lists, whose first generation is read, and the `mget` of a reader; nothing expires."""

    def __init__(self, generation: int = 0) -> None:
        self._strings: dict[str, bytearray] = {}
        self._lists: dict[str, MemoryLists] = {}
        self.generation = generation
        self.point_at(Live(generation))

    def write(self, layout: Layout, entities: Sequence[str], records: Array, newest_ms: int) -> int:
        """Store each record unless its slot holds a greater (tile, n)."""
        self._advance(newest_key(layout.view, self.generation), newest_ms)
        keys = layout.keys(entities, self.generation)
        return sum(self._write_one(layout, key, record) for key, record in zip(keys, records, strict=True))

    def write_list(self, layout: ListLayout, entities: Sequence[str], rows: Array) -> int:
        """Put each entry into its list: of an item the greatest stays, of all items as many as are kept."""
        keys = layout.keys(entities, self.generation)
        changed = 0
        for key, row in zip(keys, rows, strict=True):
            changed += self._lists.setdefault(key, MemoryLists(layout)).put(row)
        self._strings |= {key: self._lists[key].packed() for key in keys}
        return changed

    def point_at(self, live: Live) -> None:
        """Say which generation is read."""
        self._strings[LIVE_KEY] = bytearray(str(live).encode())

    def lose(self, key: str) -> None:
        """Forget what stands under a key."""
        del self._strings[key]

    def degrade(self, *views: str) -> None:
        """Say which views a hard data-quality condition holds for."""
        self._strings[DEGRADED_KEY] = bytearray(",".join(views).encode())

    def compute(self, *views: str) -> None:
        """Say which views the generation computes, as `name@version`."""
        self._strings[views_key(self.generation)] = bytearray(",".join(views).encode())

    def mget(self, keys: Sequence[str]) -> list[bytes | None]:
        """The strings under the keys, None where there is none."""
        return [bytes(self._strings[key]) if key in self._strings else None for key in keys]

    def _write_one(self, layout: Layout, key: str, record: Array) -> bool:
        ring = self._strings.setdefault(key, bytearray(layout.dtype.itemsize * layout.ring.slots))
        tiles = layout.unpack([bytes(ring)])[0].copy()
        slot = int(record["tile"]) % layout.ring.slots
        if _guard(record) < _guard(tiles[slot]):
            return False
        tiles[slot] = record
        ring[:] = tiles.tobytes()
        return True

    def _advance(self, key: str, newest_ms: int) -> None:
        held = int(self._strings.get(key, b"0"))
        self._strings[key] = bytearray(str(max(held, newest_ms)).encode())


def _guard(record: Array) -> tuple[int, int]:
    return int(record["tile"]), int(record["n"])
