"""The plan of a view's reads: what is asked of Redis, and how the answer is merged. Made once a view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from features.before import Before
from features.derived import Difference, Rate, Velocity
from features.duration import parse_ms
from features.layout import Layout, layouts, newest_key
from features.listing import Listed
from features.listing_layout import list_layouts
from features.partial import Array, Mask
from features.sums import DecayedSum
from features.view import View
from serving.answer import Features


@dataclass(frozen=True)
class Plan:
    """How a view is read."""

    view: View

    @cached_property
    def rings(self) -> tuple[tuple[Layout, dict[str, int]], ...]:
        """Each ring's layout, and its windows with their lengths in tiles."""
        lengths = {w: parse_ms(w) // parse_ms(tile) for w, tile in self.view.windows.items()}
        return tuple(
            (layout, {w: n for w, n in lengths.items() if self.view.ring_of(w) == layout.ring})
            for layout in layouts(self.view)
        )

    @cached_property
    def longest(self) -> str:
        """The window that decides whether an entity is missing."""
        return max(self.view.windows, key=parse_ms)

    @cached_property
    def decays(self) -> bool:
        """Whether any value depends on how old its tiles are."""
        return any(partial.merge == "decay" for partial in self.view.partials)

    def keys(self, names: Sequence[str], generation: int) -> list[str]:
        """The key of every name in each ring, then in each list, and at the end that of the newest event."""
        keys = [key for layout, _ in self.rings for key in layout.keys(names, generation)]
        keys += [key for layout in list_layouts(self.view) for key in layout.keys(names, generation)]
        return [*keys, newest_key(self.view, generation)]

    def merge(
        self, names: tuple[str, ...], found: Sequence[bytes | None], now_ms: int, doubt: str
    ) -> Features:
        """The features as of `now_ms` from what stands under the keys; a `doubt` is the status of all."""
        windows: dict[str, dict[str, Array]] = {}
        for i, (layout, lengths) in enumerate(self.rings):
            tiles = layout.unpack(found[i * len(names) : (i + 1) * len(names)])
            # Unsigned: a tile from the future, like an empty one, is too far in the past for any window.
            ago = np.uint32(now_ms // layout.ring.tile_ms) - tiles["tile"]
            age_ms = now_ms - tiles["tile"].astype(np.int64) * layout.ring.tile_ms if self.decays else None
            for window, length in lengths.items():
                windows[window] = self._stored(tiles, ago < length, age_ms)
                if window == self.longest:
                    newest_ms = _newest_ms(layout, tiles, ago, length)
        listed = self._listed(len(names), found[len(self.rings) * len(names) :], now_ms)
        fresh = "fresh" if now_ms - int(found[-1] or 0) <= self.view.slo_s * 1_000 else "stale"
        seen = newest_ms > 0
        age_s = np.where(seen, np.maximum(now_ms - newest_ms, 0) / 1_000, np.nan)
        status = np.full(len(names), doubt) if doubt else np.where(seen, fresh, "missing")
        return Features(self.view, names, self._values(windows, listed, now_ms), age_s, status)

    def _stored(self, tiles: Array, inside: Mask, age_ms: Array | None) -> dict[str, Array]:
        merged = {p.name: p.merge_tiles(tiles[p.name], inside, age_ms) for p in self.view.partials}
        return {f.name: f.finalize(merged) for f in self.view.stored}

    def _listed(self, n: int, found: Sequence[bytes | None], now_ms: int) -> dict[str, Array]:
        values: dict[str, Array] = {}
        for i, layout in enumerate(list_layouts(self.view)):
            values |= layout.values(found[i * n : (i + 1) * n], now_ms)
        return values

    def _values(
        self, windows: Mapping[str, dict[str, Array]], listed: Mapping[str, Array], now_ms: int
    ) -> dict[str, Array]:
        values: dict[str, Array] = {}
        for feature in self.view.features:
            if isinstance(feature, Before):
                of, tile_ms = windows[feature.window], self.view.ring_of(feature.window).tile_ms
                times_ms = listed[feature.name]
                values[feature.name] = feature.derive(times_ms, of[feature.before], tile_ms, now_ms)
                continue
            if isinstance(feature, Listed):
                values |= {name: listed[name] for name in feature.value_names}
                continue
            if isinstance(feature, Velocity):
                short, long = (windows[w][feature.of] for w in (feature.short, feature.long))
                lengths_ms = parse_ms(feature.short), parse_ms(feature.long)
                values[feature.name] = feature.derive(short, long, *lengths_ms)
                continue
            if isinstance(feature, DecayedSum):
                values[feature.name] = windows[feature.window][feature.name]
                continue
            for w in self.view.windows:
                if isinstance(feature, Rate | Difference):
                    windows[w][feature.name] = feature.derive(windows[w])
                values[f"{feature.name}_{w}"] = windows[w][feature.name]
        return values


plan_of = cache(Plan)


def _newest_ms(layout: Layout, tiles: Array, ago: Array, length: int) -> Array:
    """The time of each entity's newest event in the window, 0 for none: it is in the newest tile."""
    newest = ago.argmin(axis=-1)
    each = np.arange(len(tiles))
    held = tiles[each, newest]
    at_ms = held["tile"].astype(np.int64) * layout.ring.tile_ms + held["newest"]
    return np.where(ago[each, newest] < length, at_ms, 0)
