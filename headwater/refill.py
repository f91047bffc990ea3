"""Tiles and lists of past events written as a job does: what is newer where they go stays."""

from __future__ import annotations

from dataclasses import dataclass

from features.layout import Layout, layouts
from features.listing_layout import ListLayout, list_layouts
from features.offline import Log, count, stored, whole_tiles
from features.view import View
from flink_jobs.row_writing import Forgotten, write
from headwater.live_generation import forgotten, held
from headwater.redis_client import client
from headwater.runtime.endpoints import kafka_of, redis_of
from headwater.settings import Settings
from schemas.topics import FUTURE_TOLERANCE_MS
from sinks.redis_features import RedisTiles, TileStore

_ROWS = 2_000


@dataclass(frozen=True)
class Filled:
    """What was written of a view: so many keys, of so many entities."""

    view: str
    entities: int
    keys: int


def seen(view: View, now_ms: int) -> tuple[int, int]:
    """The stretch of whole tiles that any reader of a view can see from now on."""
    forgets = all(feature.forgets for feature in view.listed)
    since_ms = max(0, now_ms - view.reach_ms) if forgets else 0
    return whole_tiles(view, since_ms, now_ms + FUTURE_TOLERANCE_MS + 1)


def fill(log: Log, view: View, store: TileStore, who: Forgotten, since_ms: int, until_ms: int) -> Filled:
    """Write all tiles of [since_ms, until_ms), and the lists, but for members who asked to be forgotten.

    Raises ValueError where the log lacks what the view reads, redis.RedisError.
    """
    count(log, view, since_ms, until_ms)
    kept_as: list[Layout | ListLayout] = [*layouts(view), *list_layouts(view)]
    entities, keys = set[str](), 0
    for layout in kept_as:
        written = set[str]()
        for entity, rows in stored(log, layout, since_ms, until_ms):
            for at in range(0, len(rows), _ROWS):
                part = [column[at : at + _ROWS] for column in entity]
                written.update(write(store, layout, who, part, rows[at : at + _ROWS]))
        entities |= written
        keys += len(written)
    return Filled(view.id, len(entities), keys)


def fill_live(settings: Settings, log: Log, view: View, since_ms: int, until_ms: int) -> Filled:
    """As `fill`, under the generation that is read in Redis. Raises HeadwaterError too."""
    with (
        client(redis_of(settings)) as redis,
        held(settings, redis) as generation,
        forgotten(kafka_of(settings)) as who,
    ):
        return fill(log, view, RedisTiles(redis, generation), who, since_ms, until_ms)
