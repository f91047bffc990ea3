"""A reader sees one generation whole, or is told that it is not."""

from __future__ import annotations

import json

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from features.catalog import VIEWS
from features.live import LIVE_KEY, Live
from headwater import generations
from headwater.cli import app
from headwater.runtime.endpoints import Endpoints
from serving import FeatureReader
from serving.observed import observe
from sinks import redis_generations
from sinks.memory import MemoryTiles
from tests.reading import NOW_MS, SAMPLE, of_view
from tests.tiles import write_all

OLD, NEW = 7, 8
views = pytest.mark.parametrize("view", VIEWS)


class Both:
    """Two generations: the old has counted everything, the new as much as it was given so far."""

    def __init__(self, view: str) -> None:
        self._view, self.tiles = VIEWS[view], MemoryTiles(OLD)
        self.point_at(Live(OLD))
        write_all(self.tiles, self._view, SAMPLE)
        self.tiles.generation = NEW

    def point_at(self, live: Live) -> None:
        self.tiles.point_at(live)

    def count(self, upto: int) -> None:
        write_all(self.tiles, self._view, SAMPLE[:upto])


@pytest.mark.unit
@given(st.integers(0, 2**32), st.booleans())
def test_the_pointer_says_what_it_was_told(generation: int, rebuilding: bool) -> None:
    live = Live(generation, rebuilding)
    assert Live.parse(str(live).encode()) == live
    assert Live.parse(None).rebuilding


@pytest.mark.unit
@views
def test_what_another_generation_has_counted_so_far_is_never_read(view: str) -> None:
    both = Both(view)
    reader, entities = FeatureReader(both.tiles), _entities(view)
    before = reader.read(view, entities, NOW_MS).as_dicts()
    for upto in range(0, len(SAMPLE), 7):
        both.count(upto)
        assert reader.read(view, entities, NOW_MS).as_dicts() == before


@pytest.mark.unit
@views
def test_a_reader_changes_over_within_one_read(view: str) -> None:
    both = Both(view)
    reader, entities = FeatureReader(both.tiles), _entities(view)
    before = reader.read(view, entities, NOW_MS).as_dicts()
    both.count(len(SAMPLE))
    both.point_at(Live(NEW))
    assert reader.read(view, entities, NOW_MS).as_dicts() == before
    both.point_at(Live(NEW + 1))
    assert set(reader.read(view, entities, NOW_MS).status) == {"missing"}


@pytest.mark.unit
@views
def test_a_window_that_is_rebuilt_is_marked_whatever_is_in_it(view: str) -> None:
    both = Both(view)
    both.point_at(Live(NEW, rebuilding=True))
    both.count(len(SAMPLE) // 2)
    found = FeatureReader(both.tiles).read(view, [*_entities(view), *_nobody(view)], NOW_MS)
    assert set(found.status) == {"rebuilding"}


@pytest.mark.unit
@views
def test_where_no_generation_is_announced_nothing_is_said_to_be_fresh_or_missing(view: str) -> None:
    both = Both(view)
    both.count(len(SAMPLE))
    both.tiles.lose(LIVE_KEY)
    for generation in (0, NEW):
        both.tiles.generation = generation
        both.count(len(SAMPLE))
        found = FeatureReader(both.tiles).read(view, [*_entities(view), *_nobody(view)], NOW_MS)
        assert set(found.status) == {"rebuilding"}


@pytest.mark.runtime
def test_a_generation_of_an_emptied_redis_never_takes_over(client: redis.Redis) -> None:
    client.flushall()
    nowhere = Endpoints("127.0.0.1:1", f"redis://127.0.0.1:{_port(client)}/0", "")
    assert generations.take_over(nowhere, "job", NEW) > 0
    assert redis_generations.live(client).rebuilding


@pytest.mark.unit
@views
def test_a_view_that_is_degraded_says_so_of_every_value_and_recovers(view: str) -> None:
    tiles, entities = Both(view).tiles, [*_entities(view), *_nobody(view)]
    reader = FeatureReader(tiles)
    before = reader.read(view, entities, NOW_MS).as_dicts()
    tiles.degrade("another_view", view)
    found = reader.read(view, entities, NOW_MS)
    assert set(found.status) == {"degraded"}
    assert found.as_dicts() == [told | {"status": "degraded"} for told in before]
    tiles.degrade("another_view")
    assert reader.read(view, entities, NOW_MS).as_dicts() == before


@pytest.mark.unit
@views
def test_a_view_that_the_live_generation_leaves_out_says_so(view: str) -> None:
    tiles, entities = Both(view).tiles, [*_entities(view), *_nobody(view)]
    tiles.generation = OLD
    reader = FeatureReader(tiles)
    before = reader.read(view, entities, NOW_MS).as_dicts()
    for computed in ("another_view@1", f"{view}@99", ""):
        tiles.compute(computed)
        assert set(reader.read(view, entities, NOW_MS).status) == {"not computed"}
        assert observe(tiles, [VIEWS[view]], NOW_MS)[0].status == "not computed"
    tiles.compute("another_view@1", VIEWS[view].id)
    assert reader.read(view, entities, NOW_MS).as_dicts() == before
    assert observe(tiles, [VIEWS[view]], NOW_MS)[0].status == "fresh"


@pytest.mark.runtime
def test_what_is_not_computed_is_told_with_the_remedy(
    client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.flushall()
    monkeypatch.setenv("HEADWATER_REDIS", f"redis://127.0.0.1:{_port(client)}/0")
    monkeypatch.setenv("HEADWATER_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("HEADWATER_FLINK", "http://127.0.0.1:1")
    monkeypatch.setenv("HEADWATER_VIEWS", "session")
    redis_generations.begin(client, NEW, {}, ["country_top@1"])
    redis_generations.take_over(client, NEW)

    def features(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["features", *arguments])

    told = {
        each["view"]: (each["status"], each["remedy"])
        for each in json.loads(features("list", "--json").stdout)
    }
    assert told["country_top"] == ("missing", None)
    assert told["session"] == ("not computed", "headwater deploy")
    assert told["title_next"] == ("not computed", "HEADWATER_VIEWS=session,title_next headwater deploy")
    assert "not computed: title_engagement, " in features("list").stderr
    found = features("get", "title_next", "t1", "--json")
    assert json.loads(found.stdout)[0]["status"] == "not computed"
    assert "title_next@1 is not computed; HEADWATER_VIEWS=session,title_next headwater deploy" in found.stderr
    redis_generations.begin(client, NEW + 1, {}, [])
    redis_generations.retire_others(client, NEW + 1)
    assert {*client.scan_iter("hw:*views*")} == {b"hw:views:g9"}  # type: ignore[misc]


@pytest.mark.unit
@views
def test_the_pointer_is_asked_for_with_the_values(view: str) -> None:
    class Counting(MemoryTiles):
        def __init__(self) -> None:
            super().__init__()
            self.asked: list[list[str]] = []

        def mget(self, keys: list[str]) -> list[bytes | None]:  # type: ignore[override]
            self.asked.append(keys)
            return super().mget(keys)

    tiles = Counting()
    reader = FeatureReader(tiles)
    tiles.point_at(Live(OLD))
    for _ in range(3):
        reader.read(view, _entities(view), NOW_MS)
    assert [keys[0] for keys in tiles.asked] == [LIVE_KEY] * 4  # once more where the generation was not known


def _port(client: redis.Redis) -> int:
    return int(client.connection_pool.connection_kwargs["port"])


def _entities(view: str) -> list[str]:
    return sorted({"|".join(r[c] for c in VIEWS[view].entity) for _, r in of_view(VIEWS[view], SAMPLE)})


def _nobody(view: str) -> list[str]:
    return ["|".join("nobody" for _ in VIEWS[view].entity)]
