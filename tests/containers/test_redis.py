"""Packed rows in a Redis that is not ours: written by Lua, read in one MGET, as in the double."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
import redis

from features.catalog import VIEWS
from features.layout import entity_text, layouts
from features.view import View
from schemas.events import EVENT_NAMES, EVENTS
from schemas.titles import GENRES
from serving import FeatureReader
from sinks import redis_generations
from sinks.memory import MemoryTiles
from sinks.redis_features import RedisTiles
from sinks.redis_ledger import RedisLedger, Total
from tests.naive import Event
from tests.reading import of_view
from tests.samples import sound
from tests.tiles import write_all

pytestmark = pytest.mark.containers

NOW_MS = 1_780_000_000_000


def events() -> list[Event]:
    """A day of four titles, members and countries."""
    rng = Random(5)
    return [(name, some_event(rng, name)) for name in rng.choices(EVENT_NAMES, k=500)]


def some_event(rng: Random, name: str) -> dict[str, Any]:
    drawn = {"title_id": f"t{rng.randrange(4)}", "member_id": f"m{rng.randrange(4)}"}
    record = sound(name) | drawn | {"country": rng.choice(["BR", "JP"])}
    record["event_time"] = NOW_MS - int(86_400_000 * rng.random() ** 4)
    own = {column.name: record[column.name] for column in EVENTS[name].columns}
    return own | {GENRES.name: "drama,noir"} if "title_id" in own else own


def entities(view: View) -> list[str]:
    found = {entity_text([record[c] for c in view.entity]) for _, record in of_view(view, events())}
    return [*sorted(found), "|".join(["nobody"] * len(view.entity))]


@pytest.mark.parametrize("view", VIEWS.values(), ids=lambda view: view.name)
def test_what_is_read_is_what_the_double_would_say(store: redis.Redis, view: View) -> None:
    double = MemoryTiles()
    redis_generations.take_over(store, 0)
    for tiles in (RedisTiles(store), double):
        write_all(tiles, view, events())
    found = FeatureReader(store).read(view, entities(view), NOW_MS).as_dicts()
    assert found == FeatureReader(double).read(view, entities(view), NOW_MS).as_dicts()
    assert {entity["status"] for entity in found} == {"fresh", "missing"}


@pytest.mark.parametrize("view", VIEWS.values(), ids=lambda view: view.name)
def test_an_older_write_never_replaces_a_newer_one(store: redis.Redis, view: View) -> None:
    tiles = RedisTiles(store)
    write_all(tiles, view, events())
    before = FeatureReader(store).read(view, entities(view), NOW_MS).as_dicts()
    write_all(tiles, view, events()[:100])
    assert FeatureReader(store).read(view, entities(view), NOW_MS).as_dicts() == before


@pytest.mark.parametrize("view", VIEWS.values(), ids=lambda view: view.name)
def test_every_ring_expires_after_its_window(store: redis.Redis, view: View) -> None:
    write_all(RedisTiles(store), view, events())
    for layout in layouts(view):
        for key in layout.keys(entities(view)[:-1], 0):
            assert 0 < store.ttl(key) <= layout.ttl_s


def test_the_ledger_keeps_absolute_totals(store: redis.Redis) -> None:
    ledger = RedisLedger(store)
    rejected, first = Total("play", "rejected", "malformed", 0, 1, 7), Total("play", "valid", "", 0, 3, 0)
    now = Total("play", "valid", "", 0, 5, 0)
    ledger.write([first, rejected])
    ledger.write([now])
    assert ledger.read() == [rejected, now]
