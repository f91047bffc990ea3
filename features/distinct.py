"""How many different items there are."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from features.listing import Held, Tiled
from features.partial import Array


@dataclass(frozen=True, kw_only=True)
class Distinct(Tiled):
    """How many different items there are.

    A sketch of the `keep` greatest of their hashes (KMV: Bar-Yossef et al., RANDOM 2002; Beyer et al., SIGMOD
    2007). Exact below `keep` items in the window; beyond, the standard error is about 1 / sqrt(keep - 2) of
    the number. Costs 8 + keep * 8 bytes a tile, whether it is full or not.
    """

    keep: int = 64

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.keep < 3:
            raise ValueError(f"{self.name}: keep is {self.keep}; an estimate needs 3 at least")

    @property
    def kept(self) -> int:
        """As declared."""
        return self.keep

    @property
    def counts(self) -> bool:
        """A hash is its own."""
        return False

    @property
    def entry(self) -> np.dtype[Any]:
        """The hash of an item, which is weight and item at once."""
        return np.dtype([("weight", ">u8")])

    def pack(self, items: Array, weights: Array) -> Array:
        """Hashes of items; the weights are not needed. Shape (rows,)."""
        texts = items.tolist()
        hashes = {text: blake2b(text.encode(), digest_size=8).digest() for text in set(texts)}
        return np.frombuffer(b"".join([hashes[text] for text in texts]), dtype=self.entry)

    def finalize(self, held: Held) -> dict[str, Array]:
        """A whole number; 0 when there was no event."""
        hashes = np.sort(np.where(held.inside, held.entries["weight"].astype(np.uint64), 0), axis=-1)[:, ::-1]
        new = hashes > 0
        new[:, 1:] &= hashes[:, 1:] != hashes[:, :-1]
        rank = new.cumsum(axis=-1)
        # Of n hashes spread evenly over [0, 1) the keep-th from above is at about 1 - keep / n.
        last = hashes[np.arange(len(hashes)), (rank >= self.keep).argmax(axis=-1)]
        fraction = (2.0**64 - last.astype(np.float64)) / 2.0**64
        number = rank[:, -1]
        estimate = np.rint((self.keep - 1) / fraction).astype(np.int64)
        return {self.name: np.where(number < self.keep, number, estimate)}
