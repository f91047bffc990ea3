"""Places of a reader's ring or list, and what stands in them at each sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.offline.sights import Sights
from features.partial import Array


@dataclass(frozen=True)
class Places:
    """What was put into so many places of each entity: number i + 1 at `sight[i]` into `place[i]`.

    Sights ascend. A thing stays until the next is put into its place.
    """

    places: int
    sight: Array
    place: Array

    def held(self, sights: Sights, some: Array) -> Array:
        """The number of what stands in each place at some sights, 0 for nothing. Shape (sights, places).

        Places in which nothing stands at any of them are left out, but for one: of most views most are empty.
        """
        begins = np.searchsorted(sights.entity, sights.entity[some])
        nothing = np.searchsorted(self.sight, begins)
        last = int(np.searchsorted(self.sight, some.max(initial=-1), "right"))
        put = slice(int(nothing.min(initial=last)), last)
        held = np.zeros((len(some), self.places), dtype=np.int32)
        # Of several in one place the last stays.
        at = np.searchsorted(some, self.sight[put])
        held[at, self.place[put]] = np.arange(put.start + 1, put.stop + 1)
        np.maximum.accumulate(held, axis=0, out=held)
        # Not that of the entity before.
        held *= held > nothing[:, None]
        used = held.any(axis=0)
        used[0] |= not used.any()
        return held[:, used]


def placed(new: Array, items: Sequence[bytes], entries: Sequence[bytes], kept: int) -> Array:
    """The place that each entry takes in its list, -1 for none: of each item the greatest entry stays, and of
    all items the greatest `kept`. Lists lie side by side, each in the order of its writes; `new` tells where
    one begins."""
    places, held = np.full(len(new), -1, dtype=np.int64), dict[bytes, tuple[bytes, int]]()
    for i, (begins, item, entry) in enumerate(zip(new.tolist(), items, entries, strict=True)):
        if begins:
            held = {}
        out = item
        if item not in held:
            if len(held) < kept:
                places[i] = len(held)
                held[item] = entry, len(held)
                continue
            out = min(held, key=held.__getitem__)
        least, place = held[out]
        if entry > least:
            del held[out]
            held[item] = entry, place
            places[i] = place
    return places
