"""A reader in a coroutine says what the plain one does; without Redis, what it knew, and that it is so."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
import redis

from features.catalog import READABLE, VIEWS
from features.live import Live
from features.view import View
from serving import AsyncFeatureReader, FeatureReader, Features, ResilientReader
from serving.held import Held
from serving.question import HEAD
from serving.resilient import Fallback
from sinks.memory import MemoryTiles
from sinks.memory_flags import MemoryFlags
from tests.gallery import EVERY
from tests.reading import ENTITIES, NOW_MS, SAMPLE, of_view
from tests.served import PATIENCE_S, Redis, unreachable
from tests.tiles import write_all

pytestmark = pytest.mark.unit

ALL = {view.id: view for view in (*READABLE, *EVERY.values())}
views = pytest.mark.parametrize("view", ALL.values(), ids=ALL)
TITLES = "title_engagement", ["t1", "t2"]


def wanted(view: View) -> list[Any]:
    nobody = "nobody" if len(view.entity) == 1 else ("nobody",) * len(view.entity)
    return [*ENTITIES.get(view.name, ["m1"]), nobody]


@pytest.fixture(scope="module")
def tiles() -> MemoryTiles:
    tiles = MemoryTiles()
    for view in ALL.values():
        if view.windows:
            write_all(tiles, view, of_view(view, SAMPLE))
    return tiles


def same(one: Features, other: Features) -> bool:
    return one.as_dicts() == other.as_dicts() and one.view == other.view and one.entities == other.entities


class Clock:
    def __init__(self) -> None:
        self.now_s = NOW_MS / 1_000

    def __call__(self) -> float:
        return self.now_s


def read(reader: ResilientReader, *questions: Any, **more: Any) -> list[Features]:
    return asyncio.run(reader.read_many(questions, **more))


@views
def test_in_a_coroutine_as_without(view: View, tiles: MemoryTiles) -> None:
    questions = [(view, wanted(view)), TITLES]
    plain = FeatureReader(tiles, MemoryFlags()).read_many(questions, NOW_MS)
    found = asyncio.run(AsyncFeatureReader(Redis(tiles), MemoryFlags()).read_many(questions, NOW_MS))
    resilient = read(ResilientReader(Redis(tiles), MemoryFlags(), Clock(), PATIENCE_S), *questions)
    assert all(map(same, found, plain))
    assert all(map(same, resilient, plain))


@views
def test_without_redis_the_last_good_is_what_was_read_and_others_are_as_nobody(
    view: View, tiles: MemoryTiles
) -> None:
    store, clock = Redis(tiles), Clock()
    reader = ResilientReader(store, MemoryFlags(), clock, PATIENCE_S)
    entities = wanted(view)
    (before,) = read(reader, (view, entities[:1]))
    unreachable(store)
    clock.now_s += 90
    (found,) = read(reader, (view, entities), fallback="last_good")
    (prior,) = read(reader, (view, entities[-1:]), fallback="prior")
    (nobody,) = FeatureReader(tiles, MemoryFlags()).read_many([(view, entities[-1:])], NOW_MS)
    first, *rest = found.as_dicts()
    if view.windows:
        assert first["status"] == "last good"
        assert first["values"] == before.as_dicts()[0]["values"]
        assert first["age_s"] == pytest.approx(before.age_s[0] + 90)
    assert {row["status"] for row in [*rest, *prior.as_dicts()]} == {"prior"}
    assert rest[-1]["values"] == prior.as_dicts()[0]["values"] == nobody.as_dicts()[0]["values"]
    assert prior.as_dicts()[0]["age_s"] is None


@pytest.mark.parametrize(("slow_s", "error"), [(5.0, None), (0.0, redis.ConnectionError)])
@pytest.mark.parametrize("fallback", [None, "last_good", "prior"])
def test_nobody_is_waited_for_longer_than_the_patience(
    slow_s: float, error: type[Exception] | None, fallback: Fallback | None
) -> None:
    store = Redis(MemoryTiles(), error, slow_s)
    reader = ResilientReader(store, MemoryFlags(), Clock(), patience_s=0.01)

    async def ask() -> float:
        began_s = asyncio.get_running_loop().time()
        try:
            found = await reader.read_many([TITLES], fallback=fallback)
            assert fallback
            assert set(found[0].status) == {"prior"}
        except (TimeoutError, redis.RedisError):
            assert fallback is None
        return asyncio.get_running_loop().time() - began_s

    assert asyncio.run(ask()) < 1.0


def test_what_could_not_be_trusted_then_is_not_trusted_now() -> None:
    tiles = MemoryTiles()
    tiles.degrade("title_engagement")
    store = Redis(tiles)
    reader = ResilientReader(store, MemoryFlags(), Clock(), PATIENCE_S)
    read(reader, TITLES)
    unreachable(store)
    (found,) = read(reader, ("title_engagement", ["t1", "new"]), fallback="last_good")
    assert found.status.tolist() == ["degraded", "prior"]


def test_a_cached_value_is_asked_for_again_once_it_is_too_old_and_decays_meanwhile() -> None:
    view, tiles, clock = VIEWS["title_engagement"], MemoryTiles(), Clock()
    write_all(tiles, view, SAMPLE)
    store = Redis(tiles)
    reader = ResilientReader(store, MemoryFlags(), clock, cached_s=100.0)
    read(reader, TITLES)
    for later_s, trips in (30, HEAD), (60, HEAD), (10, len(store.asked[0])):
        clock.now_s += later_s
        (found,) = read(reader, TITLES)
        (plain,) = FeatureReader(tiles).read_many([TITLES], int(clock.now_s * 1_000))
        assert same(found, plain)
        assert len(store.asked[-1]) == trips


def test_a_cache_sees_a_deployment_at_once() -> None:
    view, clock = VIEWS["title_engagement"], Clock()
    tiles = MemoryTiles(generation=1)
    write_all(tiles, view, SAMPLE)
    reader = ResilientReader(Redis(tiles), MemoryFlags(), clock, cached_s=100.0)
    (found,) = read(reader, TITLES)
    assert found.values["plays_1m"][0] == 1
    tiles.generation = 2
    tiles.point_at(Live(2))
    (found,) = read(reader, TITLES)
    assert set(found.status) == {"missing"}


def test_what_is_held_stays_within_its_bytes_and_keeps_what_is_read_again() -> None:
    held, most = Held(40_000), 40_000
    for n in range(1_000):
        keys = [f"k{n}", "often"]
        held.put(keys, [bytes(100), bytes(100)], float(n))
        sizes = [len(said[0] or b"") for ages in (held._young, held._old) for said in ages.values()]
        assert sum(sizes) <= most
        assert held.get("often") == (bytes(100), n)
    assert held.get("k0") is None
    assert held.get("k999")


def test_what_is_held_is_renewed_after_a_second() -> None:
    view, tiles, clock = VIEWS["title_engagement"], MemoryTiles(), Clock()
    store = Redis(tiles)
    reader = ResilientReader(store, MemoryFlags(), clock, PATIENCE_S)
    read(reader, TITLES)
    write_all(tiles, view, SAMPLE)
    for later_s, plays in (0.9, 0), (0.1, 1):
        clock.now_s += later_s
        store.error = None
        read(reader, TITLES)
        unreachable(store)
        (found,) = read(reader, TITLES, fallback="last_good")
        assert found.values["plays_1h"].tolist() == [plays, 0]


def test_values_are_columns_of_numpy() -> None:
    (found,) = read(ResilientReader(Redis(MemoryTiles()), MemoryFlags(), Clock()), TITLES)
    assert all(isinstance(column, np.ndarray) for column in found.values.values())
