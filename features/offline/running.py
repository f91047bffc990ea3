"""What tiles were at each sight, from what was seen of them at each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from features.partial import Array, Partial


def running(partial: Partial, seen: Array, new: Array) -> None:
    """Merge with each what comes before it, in place. Groups lie side by side; `new` tells where one begins.

    In steps of one, two, four (Hillis & Steele, Data parallel algorithms, CACM 1986): merges are associative.
    """
    # Sums as of the start of one tile add up.
    merged = replace(partial, merge="sum") if partial.merge == "decay" else partial
    each, step = np.arange(len(new)), 1
    nth = each - np.maximum.accumulate(np.where(new, each, 0))
    (later,) = (nth > 0).nonzero()
    while len(later):
        pairs = np.stack([seen[later - step], seen[later]], axis=-1)
        seen[later] = merged.merge_tiles(pairs, np.ones(pairs.shape, dtype=np.bool_))
        step *= 2
        later = later[nth[later] >= step]
