"""The versions of a ring's tiles, or of a listing's lists, and what each row that is asked sees of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.layout import Layout
from features.listing_layout import ListLayout
from features.offline import versions
from features.offline.log import Log
from features.offline.tiles import columns
from features.partial import Array
from features.view import View

_ENTRIES = "entries"


@dataclass(frozen=True)
class History:
    """What one layout stores, in all versions that are asked for.

    A version is a row of `table`, which tells of what entity and tile it is and since when, and a place in
    `records`, what is stored. A row that is asked sees `tiles` of them, a reader's `slots` hold.
    """

    log: Log
    view: View
    table: str
    tile_ms: int
    tiles: int
    slots: int
    records: Array

    @property
    def row_bytes(self) -> int:
        """What it takes to unfold a row."""
        return int(self.records.dtype.itemsize) * self.slots

    def unfolded(self, start: int, end: int) -> Array:
        """The slots that rows [start, end) see, as a reader unpacks them. Shape (rows, slots)."""
        seen = versions.newest_versions(self.view, self.table, self.tile_ms, self.tiles, start, end)
        row, tile, version = columns(self.log.table(seen))
        slots = np.zeros((end - start, self.slots), dtype=self.records.dtype)
        slots[row - start, tile % self.slots] = self.records[version]
        return slots


def tile_history(log: Log, layout: Layout, tiles: int) -> History:
    """All versions of the tiles of a ring, of which a row sees so many."""
    table = f"versions_{layout.ring.name}"
    stored = ["tile", "n", "newest_ms", *(p.name for p in layout.view.partials)]
    found = _keep(log, table, versions.tile_versions(layout, tiles), stored)
    return History(
        log, layout.view, table, layout.ring.tile_ms, tiles, layout.ring.slots, layout.pack(columns(found))
    )


def list_history(log: Log, layout: ListLayout) -> History:
    """All versions of the lists of a feature."""
    weights = log.table(versions.weight_versions(layout))
    packed = layout.of.pack(*columns(weights.select(["item", "weight"])))
    size = packed.dtype.itemsize
    entry = pa.Array.from_buffers(pa.binary(size), len(packed), [None, pa.py_buffer(packed.tobytes())])
    log.database.register(_ENTRIES, weights.drop_columns(["item", "weight"]).append_column("entry", entry))
    table = f"versions_{layout.of.name}"
    found = _keep(log, table, versions.list_versions(layout, _ENTRIES), ["tile", "entries"])
    records = np.zeros(len(found), dtype=layout.dtype)
    records["tile"] = found["tile"].to_numpy()
    entries = found["entries"].combine_chunks()
    used = records["used"] = entries.value_lengths().to_numpy()
    held = np.frombuffer(b"".join(entries.flatten().to_pylist()), dtype=layout.of.entry)
    records["entries"][np.arange(layout.of.kept) < used[:, None]] = held
    tile_ms = layout.of.tile_ms
    tiles = layout.of.window_ms // tile_ms if tile_ms else 1
    return History(log, layout.view, table, tile_ms, tiles, layout.of.ring.slots, records)


def _keep(log: Log, table: str, sql: str, stored: list[str]) -> pa.Table:
    """Keep versions in a table, each by its number; what they store, in that order."""
    log.run(
        f"CREATE OR REPLACE TEMP TABLE {table} AS\nSELECT ROW_NUMBER() OVER () - 1 AS version, * FROM ({sql})"
    )
    return log.table(f"SELECT {', '.join(stored)} FROM {table} ORDER BY version")
