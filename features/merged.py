"""The values of a view from its tiles and lists: what those who read and those who train have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from features.aggregate import Feature
from features.before import Before
from features.derived import Difference, Rate, Velocity
from features.duration import parse_ms
from features.layout import Layout, layouts
from features.listing import Listed
from features.partial import Array, Instant, Mask
from features.sums import DecayedSum
from features.view import View, own_windows


@cache
def rings_of(view: View, only: frozenset[str] | None = None) -> tuple[tuple[Layout, dict[str, int]], ...]:
    """Each ring's layout, finest first, and its windows with their lengths in tiles; `only` of these windows,
    if told."""
    windows = {w: tile for w, tile in view.windows.items() if only is None or w in only}
    lengths = {w: parse_ms(w) // parse_ms(tile) for w, tile in windows.items()}
    each = (
        (layout, {w: n for w, n in lengths.items() if view.ring_of(w) == layout.ring})
        for layout in layouts(view)
    )
    return tuple((layout, of) for layout, of in each if of)


def tiles_ago(layout: Layout, tiles: Array, now_ms: Instant) -> Array:
    """How many tiles ago each began as of `now_ms`. Shape (entities, slots)."""
    # Unsigned: a tile from the future, like an empty one, is too far in the past for any window.
    ago: Array = np.uint32(now_ms // layout.ring.tile_ms) - tiles["tile"]
    return ago


def values(
    view: View,
    rings: Sequence[Array],
    listed: Mapping[str, Array],
    now_ms: Instant,
    only: frozenset[str] | None = None,
) -> dict[str, Array]:
    """Every value of a view, as of one time or of a time for each entity; `only` of these windows, if told.

    `rings` are the tiles of each of `rings_of(view, only)`, of shape (entities, slots), and `listed` the
    values of its lists, or of some. `now_ms` is a number or has shape (entities, 1).
    """
    decays = any(partial.merge == "decay" for partial in view.partials)
    windows: dict[str, dict[str, Array]] = {}
    for (layout, lengths), tiles in zip(rings_of(view, only), rings, strict=True):
        ago = tiles_ago(layout, tiles, now_ms)
        age_ms = now_ms - layout.begins_ms(tiles) if decays else None
        for window, length in lengths.items():
            windows[window] = _stored(view, tiles, ago < length, age_ms)
    return _values(view, windows, listed, now_ms)


def _stored(view: View, tiles: Array, inside: Mask, age_ms: Array | None) -> dict[str, Array]:
    merged = {p.name: p.merge_tiles(tiles[p.name], inside, age_ms) for p in view.partials}
    return {f.name: f.finalize(merged) for f in view.stored}


def _values(
    view: View, windows: Mapping[str, dict[str, Array]], listed: Mapping[str, Array], now_ms: Instant
) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for feature in view.features:
        if not _told(feature, windows, listed):
            continue
        if isinstance(feature, Before):
            of, tile_ms = windows[feature.window], view.ring_of(feature.window).tile_ms
            times_ms = listed[feature.name]
            found[feature.name] = feature.derive(times_ms, of[feature.before], tile_ms, now_ms)
            continue
        if isinstance(feature, Listed):
            found |= {name: listed[name] for name in feature.value_names}
            continue
        if isinstance(feature, Velocity):
            short, long = (windows[w][feature.of] for w in (feature.short, feature.long))
            lengths_ms = parse_ms(feature.short), parse_ms(feature.long)
            found[feature.name] = feature.derive(short, long, *lengths_ms)
            continue
        if isinstance(feature, DecayedSum):
            found[feature.name] = windows[feature.window][feature.name]
            continue
        for w in (w for w in view.windows if w in windows):
            if isinstance(feature, Rate | Difference):
                windows[w][feature.name] = feature.derive(windows[w])
            found[f"{feature.name}_{w}"] = windows[w][feature.name]
    return found


def _told(feature: Feature, windows: Mapping[str, object], listed: Mapping[str, object]) -> bool:
    """Whether there is all that it takes."""
    lists = not isinstance(feature, Listed) or listed.keys() >= {*feature.value_names}
    return lists and own_windows(feature) <= windows.keys()
