"""Tiles kept by hand: their packed records, written by the same guarded script as the jobs'."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import redis

import sinks
from features.layout import layouts, newest_key
from features.view import View

TILE_MS = 10_000
_RECORD = struct.Struct("<III" + "IIqI")
_SCRIPT = (Path(sinks.__file__).parent / "tiles.lua").read_text()
_CALL = 2_000

#: n, newest_ms and the four partials of a tile.
Tile = list[int]
#: Entity, number of the tile, and what it holds.
Changed = tuple[str, int, Tile]


class Store:
    """Where the tiles of one view are written."""

    def __init__(self, redis_url: str, view: View) -> None:
        (self._layout,) = layouts(view)
        # Asked once, not for every tile. No entity here has a letter to escape.
        self._before, self._after = self._layout.keys(["|"], 0)[0].split("|")
        self._script = redis.Redis.from_url(redis_url).register_script(_SCRIPT)

    def write(self, changed: Sequence[Changed]) -> None:
        """Write tiles, of which no two are the same."""
        for start in range(0, len(changed), _CALL):
            self._call(changed[start : start + _CALL])

    def _call(self, changed: Sequence[Changed]) -> None:
        keys, records, newest = [], [], 0
        for entity, tile, (n, newest_ms, *partials) in changed:
            keys.append(f"{self._before}{entity}{self._after}")
            records.append(_RECORD.pack(tile, n, newest_ms - tile * TILE_MS, *partials))
            newest = max(newest, newest_ms)
        layout = self._layout
        keys.append(newest_key(layout.view, 0))
        self._script(
            keys=keys, args=[_RECORD.size, layout.ring.slots, layout.ttl_s, newest, b"".join(records)]
        )
