"""The tiles of a ring, or the lists of a feature, as a reader would have found them at each sight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.groups import changes
from features.layout import Layout
from features.listing import Held
from features.listing_layout import ListLayout
from features.offline import versions
from features.offline.log import Log
from features.offline.places import Places, placed
from features.offline.running import running
from features.offline.sights import Sights
from features.offline.tiles import columns
from features.partial import Array, Partial

#: What a tile has beside the partials of its view, and that is merged as they are.
_HEAD = (Partial("n", "<u4", "", "sum"), Partial("newest", "<u4", "", "max"))


@dataclass(frozen=True)
class History:
    """What was put into the places of entities, and when: `records`, and among them an empty one."""

    put: Places
    records: Array

    @property
    def row_bytes(self) -> int:
        """What it takes to unfold a sight."""
        return self.put.places * int(self.records.itemsize)


@dataclass(frozen=True)
class TileHistory(History):
    """The tiles of a ring: the record of nothing is the first, and the others are as they were put."""

    def tiles(self, sights: Sights, some: Array) -> Array:
        """What is found at some sights, as a reader unpacks it, but without what is empty at all of them."""
        # To index them takes thirty times as long.
        found: Array = self.records.take(self.put.held(sights, some))
        return found


@dataclass(frozen=True)
class ListHistory(History):
    """The lists of a feature: records are a tile and an entry, the greatest entry first, nothing the last.

    `rank` is where among them is nothing, and then each of what was put.
    """

    layout: ListLayout
    rank: Array

    def values(self, sights: Sights, some: Array, now_ms: Array) -> dict[str, Array]:
        """The feature's values of what is found at some sights."""
        of, nothing = self.layout.of, len(self.records) - 1
        ranks = np.sort(self.rank.take(self.put.held(sights, some)), axis=-1)
        ranks = ranks[:, : (ranks < nothing).sum(axis=-1).max(initial=1)]
        rows = self.records.take(ranks)
        inside = (ranks < nothing) & of.inside(rows["tile"], now_ms)
        return of.finalize(Held(rows["entry"], inside, now_ms))


def tile_history(log: Log, sights: Sights, layout: Layout, tiles: int) -> TileHistory:
    """All that was ever in the tiles of a ring, of which a sight sees so many."""
    sight, *stored = columns(log.table(versions.tiles_seen(layout, tiles)))
    records, slots = np.concatenate([np.zeros(1, layout.dtype), layout.pack(stored)]), layout.ring.slots
    seen = records[1:]
    order = np.lexsort((sight, seen["tile"]))
    seen[:], sight = seen.take(order), sight[order]
    new = changes(seen["tile"], sights.entity[sight])
    for partial in (*_HEAD, *layout.view.partials):
        running(partial, seen[partial.name], new)
    order = np.argsort(sight)
    seen[:] = seen.take(order)
    return TileHistory(Places(slots, sight[order], seen["tile"] % slots), records)


def list_history(log: Log, sights: Sights, layout: ListLayout) -> ListHistory:
    """All that was ever in the lists of a feature."""
    of = layout.of
    sight, *stored = columns(log.table(versions.weights_seen(layout)))
    rows = layout.pack(stored)
    order = np.lexsort((sight, rows["tile"]))
    rows, sight = rows.take(order), sight[order]
    entries: list[bytes] = rows["entry"].view(f"V{of.entry.itemsize}").tolist()
    new = changes(rows["tile"], sights.entity[sight])
    place = placed(new, [entry[of.item_at :] for entry in entries], entries, of.kept)
    # Of what is put at once into a place the last stays last.
    order = np.flatnonzero(place >= 0)
    order = order[np.argsort(sight[order], kind="stable")]
    rows, sight, place = rows.take(order), sight[order], place[order]
    place += rows["tile"] % of.ring.slots * of.kept
    greatest = np.argsort(rows["entry"].view(f"S{of.entry.itemsize}"))[::-1]
    rank = np.full(len(rows) + 1, len(rows), dtype=np.int32)
    rank[1 + greatest] = np.arange(len(rows))
    put = Places(of.ring.slots * of.kept, sight, place)
    return ListHistory(put, np.append(rows.take(greatest), np.zeros(1, layout.row)), layout, rank)
