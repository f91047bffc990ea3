"""Read features: one MGET for all entities of a view, and a merge of their tiles in numpy."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from features.aggregate import Array, Rate, Velocity
from features.catalog import VIEWS
from features.duration import parse_ms
from features.layout import entity_text, layouts, newest_key
from features.live import LIVE_KEY, Live
from features.view import Ring, View

Entity = str | Sequence[str]


class Strings(Protocol):
    """The one thing asked of Redis."""

    def mget(self, keys: Sequence[str]) -> Any:
        """The strings under the keys, None where there is none."""


@dataclass(frozen=True)
class Features:
    """The answer for some entities, row by row in the order asked.

    `age_s` is the time since the entity's newest event, NaN where there is none. `status` is `filling` (the
    features are being counted again from the log, so any value may lack events), `missing` (no event within
    the longest window), `stale` (the newest event behind the whole view is older than its SLO, so the values
    may lack recent events) or `fresh`.
    """

    view: View
    entities: tuple[str, ...]
    values: dict[str, Array]
    age_s: npt.NDArray[np.float64]
    status: npt.NDArray[np.str_]

    def as_dicts(self) -> list[dict[str, Any]]:
        """One plain object an entity, for JSON; NaN becomes None."""
        return [
            {
                "view": self.view.name,
                "version": self.view.version,
                "entity": entity,
                "status": str(self.status[i]),
                "age_s": _plain(self.age_s[i]),
                "values": {name: _plain(column[i]) for name, column in self.values.items()},
            }
            for i, entity in enumerate(self.entities)
        ]


class FeatureReader:
    """Reads views of the catalogue from Redis (or a double with `mget`)."""

    def __init__(self, redis: Strings) -> None:
        self._redis = redis
        self._live = Live()

    def read(self, view: str | View, entities: Sequence[Entity], now_ms: int | None = None) -> Features:
        """The features of the entities as of `now_ms` (default: the clock).

        An entity of several columns is their tuple, or their text joined by "|". Raises KeyError for a view
        that is not in the catalogue, ValueError for an entity of another number of columns, and
        redis.RedisError when Redis cannot be reached.
        """
        view = VIEWS[view] if isinstance(view, str) else view
        now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        names = [_name(view, entity) for entity in entities]
        plans = layouts(view)
        *rows, newest = self._of_live_generation(
            lambda g: [*(key for plan in plans for key in plan.keys(names, g)), newest_key(view, g)]
        )
        tiles = {
            plan.ring: plan.unpack(rows[i * len(names) : (i + 1) * len(names)])
            for i, plan in enumerate(plans)
        }
        return _merge(view, tuple(names), tiles, now_ms, int(newest or 0), self._live)

    def _of_live_generation(self, keys: Callable[[int], list[str]]) -> list[bytes | None]:
        """The strings under the keys of the generation that is live at that moment: asked with the keys."""
        while True:
            found: list[bytes | None] = self._redis.mget([LIVE_KEY, *keys(self._live.generation)])
            asked, self._live = self._live, Live.parse(found[0])
            if asked.generation == self._live.generation:
                return found[1:]


def _name(view: View, entity: Entity) -> str:
    if isinstance(entity, str):
        parts = [entity] if len(view.entity) == 1 else entity.split("|")
    else:
        parts = list(entity)
    if len(parts) != len(view.entity):
        raise ValueError(f"{entity!r} is no {'|'.join(view.entity)}, the entity of {view.name}")
    return entity_text(parts)


def _merge(
    view: View, names: tuple[str, ...], tiles: dict[Ring, Array], now_ms: int, newest_ms: int, live: Live
) -> Features:
    windows = {w: _window(view, w, tiles[view.ring_of(w)], now_ms) for w in view.windows}
    values: dict[str, Array] = {}
    for feature in view.features:
        if isinstance(feature, Velocity):
            short, long = (windows[w][feature.of] for w in (feature.short, feature.long))
            values[feature.name] = feature.derive(
                short, long, parse_ms(feature.short), parse_ms(feature.long)
            )
            continue
        for w, of_window in windows.items():
            if isinstance(feature, Rate):
                of_window[feature.name] = feature.derive(of_window)
            values[f"{feature.name}_{w}"] = of_window[feature.name]
    longest = max(view.windows, key=parse_ms)
    newest = windows[longest]["newest_ms"]
    seen = newest > 0
    age_s = np.where(seen, np.maximum(now_ms - newest, 0) / 1_000, np.nan)
    fresh = "fresh" if now_ms - newest_ms <= view.slo_s * 1_000 else "stale"
    status = np.full(len(names), "filling") if live.filling else np.where(seen, fresh, "missing")
    return Features(view, names, values, age_s, status)


def _window(view: View, window: str, tiles: Array, now_ms: int) -> dict[str, Array]:
    """The stored features of a window, and the time of its newest event as `newest_ms` (0 for none)."""
    ring = view.ring_of(window)
    index = tiles["tile"].astype(np.int64)
    now_tile = now_ms // ring.tile_ms
    inside = (index > now_tile - parse_ms(window) // ring.tile_ms) & (index <= now_tile) & (tiles["n"] > 0)
    merged = {p.name: p.merge_tiles(tiles[p.name], inside) for p in view.partials}
    of_window = {f.name: f.finalize(merged) for f in view.stored}
    of_window["newest_ms"] = np.where(inside, index * ring.tile_ms + tiles["newest"], 0).max(axis=-1)
    return of_window


def _plain(value: Any) -> Any:
    plain = value.item()
    return None if isinstance(plain, float) and np.isnan(plain) else plain
