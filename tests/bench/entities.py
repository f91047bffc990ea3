"""A day of traffic, written as the job writes it: what an entity takes in Redis, and reads of its views."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import redis

from features.catalog import VIEWS
from features.layout import Layout, layouts
from features.listing_layout import ListLayout, list_layouts
from features.view import View
from headwater.traffic.generate import traffic
from headwater.traffic.population import World, make_world
from serving import FeatureReader
from sinks.redis_features import RedisTiles
from sinks.redis_generations import take_over
from tests.bench.figure import Plan, Row, percentiles
from tests.bench.servers import a_redis
from tests.naive import Event
from tests.tiles import rows_of, write

NOW_MS, _DAY_S, _PER_S, _MEMBERS, _TITLES = 1_780_000_000_000, 86_400, 1, 300, 200
_AT_ONCE, _ENTITIES, _READS = 1_000, 100, 300


def entities(_: Plan) -> Iterator[Row]:
    """Bytes of MEMORY USAGE for each byte that is packed, view by view; then p50 and p99 of whole reads."""
    with a_redis() as (client, _process):
        take_over(client, 0)
        sent = day(_MEMBERS, _TITLES, _PER_S)
        for view in VIEWS.values():
            fill(client, view, sent)
        yield from _sizes(client)
        by_entity: dict[tuple[str, ...], list[View]] = defaultdict(list)
        for view in VIEWS.values():
            by_entity[view.entity].append(view)
        for entity, views in by_entity.items():
            yield from _reads(client, entity, views)


def day(members: int, titles: int, rate_per_s: int) -> list[Event]:
    """The events of a day that ends now."""
    world = make_world(Random("entities"), members, titles)
    genres = _genres(world)
    messages = traffic(world, rate_per_s, _DAY_S, NOW_MS - _DAY_S * 1_000, seed=1, scores=True)
    return [(m.event, m.record | {"genres": genres.get(m.record.get("title_id"))}) for m in messages]


def fill(client: redis.Redis, view: View, sent: Sequence[Event]) -> None:
    """Write a view as its writers do, oldest first."""
    for layout in (*layouts(view), *list_layouts(view)):
        rows, at = rows_of(layout, sent), len(view.entity)
        rows.sort(key=lambda row: row[at] if isinstance(row[at], int) else row[-1])
        for start in range(0, len(rows), _AT_ONCE):
            write(RedisTiles(client), layout, rows[start : start + _AT_ONCE])


def _genres(world: World) -> dict[Any, str]:
    return {title.title_id: ",".join(sorted(title.genres)) for title in world.titles}


def keys_of(client: redis.Redis, layout: Layout | ListLayout) -> list[bytes]:
    """The keys under which anything stands."""
    (pattern,) = layout.keys(["*"], 0)
    return list(client.scan_iter(pattern, count=1_000))


def _sizes(client: redis.Redis) -> Iterator[Row]:
    takes = packed = 0
    for view in VIEWS.values():
        found = [key for lay in (*layouts(view), *list_layouts(view)) for key in keys_of(client, lay)]
        pipe = client.pipeline(transaction=False)
        for key in found:
            pipe.memory_usage(key, samples=0).strlen(key)
        answers = pipe.execute()
        used, held = sum(answers[::2]), sum(answers[1::2])
        of = len({key[: key.index(b"}")] for key in found})
        takes, packed = takes + used, packed + held
        yield Row(f"{view.name}: packed, an entity", "bytes", held / of)
        yield Row(f"{view.name}: in Redis, of what is packed", "times", used / held)
    yield Row("all views: in Redis, of what is packed", "times", takes / packed)


def _reads(client: redis.Redis, entity: tuple[str, ...], views: Sequence[View]) -> Iterator[Row]:
    """Reads of those that have tiles of the first of the views; most have them of all."""
    held = keys_of(client, layouts(views[0])[0])
    names = sorted(key.decode().split("{")[1].split("}")[0] for key in held)
    reader, rng, took_ms = FeatureReader(client), Random(1), []
    for n in range(_READS + 10):
        chosen = rng.choices(names, k=_ENTITIES)
        began_s = time.perf_counter()
        reader.read_many([(view, chosen) for view in views], NOW_MS)
        if n >= 10:
            took_ms.append((time.perf_counter() - began_s) * 1_000)
    values = sum(len(view.value_names) for view in views)
    what = f"{_ENTITIES} x {values} values of all {len(views)} views by {'|'.join(entity)}"
    yield from percentiles(what, "ms", took_ms)
