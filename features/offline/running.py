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
        if partial.merge in ("first", "last"):
            seen[later] = _end(partial, pairs)
        else:
            seen[later] = merged.merge_tiles(pairs, np.ones(pairs.shape, dtype=np.bool_))
        step *= 2
        later = later[nth[later] >= step]


def _end(partial: Partial, pairs: Array) -> Array:
    """Of each pair the first or last: tiles are of other times, but what is seen of one may be of the same
    time, and then the value decides, as in the SQL."""
    before, after = pairs[:, 0], pairs[:, 1]
    less = (before["at"] < after["at"]) | ((before["at"] == after["at"]) & (before["value"] < after["value"]))
    if partial.merge == "first":
        found = np.where(less & (before["at"] > 0) | (after["at"] == 0), before, after)
    else:
        found = np.where(less, after, before)
    return found
