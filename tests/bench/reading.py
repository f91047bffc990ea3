"""Reads of fifty values from five views, beside one HGETALL for each entity and view in a pipeline.

And reads of the catalogue: what its views declare, not what a benchmark does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from random import Random

import numpy as np
import redis

from features.catalog import VIEWS
from features.layout import entity_text, layouts, newest_key
from features.view import View
from serving import FeatureReader
from sinks.redis_generations import take_over
from tests.bench.figure import Plan, Row
from tests.bench.servers import a_redis
from tests.bench.views import COARSE_READS, READS

_ENTITIES, _READS, _NOW_MS = 1_000, 300, 1_780_000_000_000


def reading(_: Plan) -> Iterator[Row]:
    """p50 and p99 of a whole read: one `FeatureReader.read_many` of five views, by one client."""
    entities = [f"t{n:05}" for n in range(_ENTITIES)]
    with a_redis() as (client, _process):
        _fill(client, entities)
        reader = FeatureReader(client)

        def fine(chosen: Sequence[str]) -> None:
            reader.read_many([(view, chosen) for view in READS], _NOW_MS)

        def coarse(chosen: Sequence[str]) -> None:
            reader.read_many([(view, chosen) for view in COARSE_READS], _NOW_MS)

        def hashes(chosen: Sequence[str]) -> None:
            pipe = client.pipeline(transaction=False)
            for view in READS:
                for entity in chosen:
                    pipe.hgetall(f"hash:{view.name}:{entity}")
            pipe.execute()

        def catalogue(chosen: Sequence[str]) -> None:
            reader.read_many(
                [(v, [(e, *["BR"] * (len(v.entity) - 1)) for e in chosen]) for v in VIEWS.values()], _NOW_MS
            )

        values, declared = (sum(len(view.value_names) for view in views) for views in (READS, VIEWS.values()))
        for size in (1, 10, 100, 500):
            of = f"{size} x {values} over {len(READS)} views"
            yield from _timed(f"FeatureReader, {of}", fine, entities, size)
            yield from _timed(f"FeatureReader, coarse tiles, {of}", coarse, entities, size)
            yield from _timed(f"pipelined HGETALL, {of}", hashes, entities, size)
            of = f"{size} x {declared} over {len(VIEWS)} views"
            yield from _timed(f"FeatureReader, catalogue, {of}", catalogue, entities, size)


def _timed(what: str, read: Callable[[Sequence[str]], None], entities: list[str], size: int) -> Iterator[Row]:
    rng, took_ms, used_s = Random(size), [], 0.0
    for n in range(_READS // (5 if size > 100 else 1) + 10):
        if n == 10:
            used_s = time.process_time()
        chosen = rng.sample(entities, size)
        began_s = time.perf_counter()
        read(chosen)
        if n >= 10:
            took_ms.append((time.perf_counter() - began_s) * 1_000)
    used_ms = (time.process_time() - used_s) / len(took_ms) * 1_000
    yield Row(f"{what}, CPU of this process", "ms", used_ms)
    for percent in (50, 99):
        yield Row(f"{what}, p{percent}", "ms", float(np.percentile(took_ms, percent)))


def _of(view: View, entities: Sequence[str]) -> list[str]:
    """The texts of as many entities of the view, be they of one column or several."""
    return [entity_text([entity, *["BR"] * (len(view.entity) - 1)]) for entity in entities]


def _fill(client: redis.Redis, entities: list[str]) -> None:
    """Every slot of every ring holds a tile that a window sees; the hashes hold the values of all windows."""
    take_over(client, 0)
    for view in (*READS, *COARSE_READS, *VIEWS.values()):
        for layout in layouts(view):
            ring = np.zeros(layout.ring.slots, dtype=layout.dtype)
            newest = _NOW_MS // layout.ring.tile_ms
            tiles = np.arange(newest - layout.ring.slots + 1, newest + 1)
            ring["tile"][tiles % layout.ring.slots] = tiles
            ring["n"] = 1
            for last in (p.name for p in view.partials if p.merge == "last"):
                ring[last]["at"], ring[last]["value"] = _NOW_MS, b"tv"
            client.mset(dict.fromkeys(layout.keys(_of(view, entities), 0), ring.tobytes()))
        client.set(newest_key(view, 0), _NOW_MS)
    for view in READS:
        pipe = client.pipeline(transaction=False)
        for entity in entities:
            pipe.hset(f"hash:{view.name}:{entity}", mapping=dict.fromkeys(view.value_names, 0.25))
        pipe.execute()
