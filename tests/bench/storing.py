"""Guarded writes of packed tiles and of lists, beside a pipelined HSET; and what an entity costs Redis."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import psutil
import redis

from features.catalog import VIEWS
from features.layout import Layout, layouts
from features.listing_layout import ListLayout, list_layouts
from features.partial import Array
from sinks.redis_features import RedisTiles
from tests.bench.figure import Plan, Row
from tests.bench.lists import LISTS, batches
from tests.bench.servers import a_redis
from tests.bench.views import BY_MEMBER

_KEYS, _CALL, _CALLS = 20_000, 1_000, 300


def storing(_: Plan) -> Iterator[Row]:
    """Rows a second by the wall clock, and where the CPU goes: this process, and Redis."""
    (layout,) = layouts(BY_MEMBER)
    entities = [f"m{n:05}" for n in range(_KEYS)]
    with a_redis() as (client, server):
        tiles = RedisTiles(client)

        def guarded(call: int) -> None:
            chosen = _chunk(entities, call)
            columns = _columns(layout, call)
            tiles.write(layout, chosen, layout.pack(columns), 1_780_000_000_000 + call)

        def hashes(call: int) -> None:
            pipe = client.pipeline(transaction=False)
            for entity, row in zip(_chunk(entities, call), _rows(call), strict=True):
                pipe.hset(f"hash:{entity}", mapping=row)
            pipe.execute()

        yield from _timed("guarded tile", guarded, server)
        client.flushall()
        yield from _timed("pipelined HSET", hashes, server)
        client.flushall()
        for lists in list_layouts(LISTS):
            yield from _lists(lists, client, server, entities)
            client.flushall()
        yield from _sizes(client)


def _lists(
    layout: ListLayout, client: redis.Redis, server: psutil.Process, entities: list[str]
) -> Iterator[Row]:
    store, columns = RedisTiles(client), batches(layout, _CALL)

    def put(call: int) -> None:
        store.write_list(layout, _chunk(entities[: _KEYS // 10], call), layout.pack(columns(call)))

    what = f"entry of a {type(layout.of).__name__}"
    yield from _timed(what, put, server)
    yield Row(f"{what}: a full tile", "bytes", layout.dtype.itemsize)


def _timed(what: str, call: Callable[[int], None], server: psutil.Process) -> Iterator[Row]:
    call(0)
    rows = _CALL * _CALLS
    began_s, ours_s, its_s = time.monotonic(), time.process_time(), sum(server.cpu_times()[:2])
    for n in range(_CALLS):
        call(n)
    its_us = (sum(server.cpu_times()[:2]) - its_s) / rows * 1e6
    yield Row(f"{what}: writes, {_CALL:,} a call", "rows/s", rows / (time.monotonic() - began_s))
    yield Row(f"{what}: Python", "µs/row", (time.process_time() - ours_s) / rows * 1e6)
    yield Row(f"{what}: Redis", "µs/row", its_us)
    yield Row(f"{what}: rows in a CPU-second of Redis", "rows/s", 1e6 / its_us)


def _chunk(entities: list[str], call: int) -> list[str]:
    start = call * _CALL % len(entities)
    return entities[start : start + _CALL]


def _columns(layout: Layout, call: int) -> list[Array]:
    """As Flink hands them over: tile, n, newest_ms, partials. A new tile at every round of the keys."""
    tile = np.full(_CALL, 178_000_000 + call * _CALL // _KEYS)
    ones = np.ones(_CALL, dtype=np.int64)
    return [tile, ones, tile * layout.ring.tile_ms, *([ones] * len(layout.view.partials))]


def _rows(call: int) -> list[dict[str, int]]:
    row = {"tile": call, "n": 1, "newest_ms": 1_780_000_000_000, "plays": 1, "searches": 1, "dwell": 1}
    return [row] * _CALL


def _sizes(client: redis.Redis) -> Iterator[Row]:
    """A ring that was written all the way round, as a busy entity has it."""
    for view in VIEWS.values():
        total = 0
        for layout in layouts(view):
            (key,) = layout.keys(["t00001"], 0)
            client.set(key, bytes(layout.dtype.itemsize * layout.ring.slots), ex=layout.ttl_s)
            total += int(client.memory_usage(key))  # type: ignore[arg-type]
        yield Row(f"{view.name}: an entity, all rings full", "bytes", total)
