"""The plan of a view's reads: what is asked of Redis, and how the answer is merged. Made once a view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice, repeat

import numpy as np

from features.duration import parse_ms
from features.layout import Layout, newest_key
from features.listing_layout import ListLayout, list_layouts
from features.merged import rings_of, tiles_ago, values
from features.partial import Array
from features.view import View
from serving.answer import Features


@dataclass(frozen=True)
class Plan:
    """How a view is read: all of it, or only as much as it takes to tell some `values`."""

    view: View
    values: frozenset[str] | None = None

    @cached_property
    def windows(self) -> frozenset[str]:
        """Those that are read: one at least, whose tiles tell of the newest event."""
        every = self.view.windows
        wanted = frozenset(every) if self.values is None else self.view.windows_of(self.values)
        return wanted or frozenset([max(every, key=parse_ms)])

    @cached_property
    def longest(self) -> str:
        """The window that decides whether an entity is missing."""
        return max(self.windows, key=parse_ms)

    @cached_property
    def _rings(self) -> tuple[tuple[Layout, dict[str, int]], ...]:
        return rings_of(self.view, self.windows)

    @cached_property
    def _lists(self) -> tuple[ListLayout, ...]:
        wanted, every = self.values, list_layouts(self.view)
        return every if wanted is None else tuple(of for of in every if wanted & {*of.of.value_names})

    def keys(self, names: Sequence[str], generation: int) -> list[str]:
        """The key of every name in each ring, then in each list, and at the end that of the newest event."""
        keys = [key for layout, _ in self._rings for key in layout.keys(names, generation)]
        keys += [key for layout in self._lists for key in layout.keys(names, generation)]
        return [*keys, newest_key(self.view, generation)]

    def merge(
        self, names: tuple[str, ...], found: Sequence[bytes | None], now_ms: int, doubt: str
    ) -> Features:
        """The features as of `now_ms` from what stands under the keys; a `doubt` is the status of all."""
        strings = (list(islice(rest, len(names))) for rest in repeat(iter(found)))
        rings = [layout.unpack(next(strings)) for layout, _ in self._rings]
        listed: dict[str, Array] = {}
        for of_list in self._lists:
            listed |= of_list.values(of_list.unpack(next(strings)), now_ms)
        newest_ms = self._newest_ms(rings, now_ms)
        fresh = "fresh" if now_ms - int(found[-1] or 0) <= self.view.slo_s * 1_000 else "stale"
        seen = newest_ms > 0
        age_s = np.where(seen, np.maximum(now_ms - newest_ms, 0) / 1_000, np.nan)
        status = np.full(len(names), doubt) if doubt else np.where(seen, fresh, "missing")
        told = values(self.view, rings, listed, now_ms, self.windows)
        if self.values is not None:
            told = {name: column for name, column in told.items() if name in self.values}
        return Features(self.view, names, told, age_s, status)

    def prior(self, names: tuple[str, ...], now_ms: int, status: str) -> Features:
        """The features of entities of which nothing is known; the status is that of all."""
        return self.merge(names, [None] * len(self.keys(names, 0)), now_ms, status)

    def nobody(self) -> Features:
        """What is said of an entity that there is not."""
        return self.prior(("|".join("-" for _ in self.view.entity),), 0, "prior")

    def _newest_ms(self, rings: Sequence[Array], now_ms: int) -> Array:
        """The time of each entity's newest event in the longest window, 0 for none."""
        each_ring = zip(self._rings, rings, strict=True)
        (layout, lengths), tiles = next(ring for ring in each_ring if self.longest in ring[0][1])
        ago = tiles_ago(layout, tiles, now_ms)
        newest = ago.argmin(axis=-1)
        each = np.arange(len(ago))
        held = tiles[each, newest]  # The newest event is in the newest tile.
        at_ms = layout.begins_ms(held) + held["newest"]
        return np.where(ago[each, newest] < lengths[self.longest], at_ms, 0)


plan_of = cache(Plan)
