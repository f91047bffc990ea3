"""The double of the bounded lists of one key."""

from __future__ import annotations

import numpy as np

from features.listing_layout import ListLayout
from features.partial import Array


class MemoryLists:
    """A list for each slot: the number of its tile, and the greatest entry of each item that it keeps."""

    def __init__(self, layout: ListLayout) -> None:
        self._layout = layout
        self._slots: list[tuple[int, dict[bytes, bytes]]] = [(0, {})] * layout.of.ring.slots

    def put(self, row: Array) -> bool:
        """Put an entry into the list of its tile, unless the slot holds a newer one; whether it stayed."""
        tile, entry = int(row["tile"]), row["entry"].tobytes()
        held, best = self._slots[tile % len(self._slots)]
        if tile < held:
            return False
        best = dict(best) if tile == held else {}
        item = entry[self._layout.of.item_at :]
        if entry <= best.get(item, b""):
            return False
        best[item] = entry
        if len(best) > self._layout.of.kept:
            best.pop(min(best, key=best.__getitem__))
        self._slots[tile % len(self._slots)] = tile, best
        return item in best

    def packed(self) -> bytearray:
        """The string that stands for it."""
        slots = np.zeros(len(self._slots), dtype=self._layout.dtype)
        for slot, (tile, best) in zip(slots, self._slots, strict=True):
            entries = np.frombuffer(b"".join(sorted(best.values(), reverse=True)), self._layout.of.entry)
            slot["tile"], slot["used"] = tile, len(entries)
            slot["entries"][: len(entries)] = entries
        return bytearray(slots.tobytes())
