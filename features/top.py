"""The most frequent items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from features.groups import changes
from features.listing import Held, Tiled, readable
from features.partial import Array


@dataclass(frozen=True, kw_only=True)
class TopK(Tiled):
    """The `k` most frequent items and their counts, the most frequent first; of equal ones the greater text.

    Exact while no tile has more than `keep` items. Beyond that a tile forgets its rarest, so a count may be
    too low: by at most what the least item kept has in each tile that is full. An item is a text of
    `size_bytes` at most; longer ones are cut between characters, and of those that are then alike the most
    frequent is counted. Costs 8 + keep * (8 + size_bytes) bytes a tile, whether it is full or not.
    """

    k: int
    keep: int
    size_bytes: int = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.k <= self.keep:
            raise ValueError(f"{self.name}: k is {self.k}, keep {self.keep}; it must be 0 < k <= keep")

    @property
    def kept(self) -> int:
        """As declared."""
        return self.keep

    @property
    def entry(self) -> np.dtype[Any]:
        """Count and item."""
        return np.dtype([("weight", ">u8"), ("item", f"S{self.size_bytes}")])

    def finalize(self, held: Held) -> dict[str, Array]:
        """Records of `item`, a text, and `count`. Shape (entities, k); an empty item is none."""
        found = np.zeros(
            (len(held.entries), self.k), dtype=[("item", f"S{self.size_bytes}"), ("count", "i8")]
        )
        entity, item, count = _totals(held)
        # They are in the order of their items, and the sort is stable.
        order = np.lexsort((count, entity))[::-1]
        entity = entity[order]
        rank = np.arange(len(entity)) - np.searchsorted(-entity, -entity)
        top = rank < self.k
        place, order = (entity[top], rank[top]), order[top]
        found["item"][place], found["count"][place] = item[order], count[order]
        return {self.name: readable(found)}


def _totals(held: Held) -> tuple[Array, Array, Array]:
    """Number of the entity, item, count: of all that is inside, each item of an entity once, and in order."""
    inside = np.flatnonzero(held.inside)
    # A number of two bytes is sorted by radix.
    entity = (inside // held.inside.shape[1]).astype(np.min_scalar_type(len(held.inside)))
    item, count = (held.entries.reshape(-1)[part][inside] for part in ("item", "weight"))
    # Whole numbers of eight bytes in the order of the texts, in half the time.
    width = -(-item.itemsize // 8)
    words = item.astype(f"S{width * 8}").view(">u8").reshape(len(item), width).T.astype(np.uint64)
    # Short texts have nothing in the later words, and a sort by each costs as much.
    order = np.lexsort((*(word for word in words[::-1] if word.any()), entity))
    entity, item, count = entity[order], item[order], count[order].astype(np.int64)
    (starts,) = changes(entity, item).nonzero()
    total = np.add.reduceat(count, starts) if len(starts) else count
    return entity[starts].astype(np.intp), item[starts], total
