"""What a reader returns is what a naive reading of the events gives, at any time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalog import VIEWS
from features.duration import parse_ms
from features.layout import entity_text
from features.view import View
from serving.reader import Entity, FeatureReader
from sinks.memory import MemoryTiles
from tests.oracle import Event, naive_age_s, naive_features
from tests.tiles import countable, write_all

pytestmark = pytest.mark.unit

NOW_MS = 1_780_000_012_345
DAY_MS = 86_400_000
TOLERANCE_MS = 60_000
views = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
ENTITIES: dict[str, Sequence[Entity]] = {
    "title_engagement": ["t1", "t2", "t3"],
    "title_country_trending": [("t1", "BR"), ("t1", "JP"), ("t2", "BR"), ("t3", "BR")],
    "member_activity": ["m1", "m2", "m3"],
}


def stored(view: View, events: list[Event]) -> FeatureReader:
    tiles = MemoryTiles()
    write_all(tiles, view, events)
    return FeatureReader(tiles)


def same(found: Any, expected: Any) -> bool:
    if isinstance(expected, float):
        return bool(
            (math.isnan(expected) and math.isnan(found)) or abs(found - expected) <= 1e-9 * max(1, expected)
        )
    return bool(found == expected)


def of_view(view: View, events: list[Event], entity: str | None = None) -> list[Event]:
    return [
        (name, record)
        for name, record in events
        if name in view.events and entity in (None, "|".join(record[c] for c in view.entity))
    ]


def check(view: View, reader: FeatureReader, events: list[Event], now_ms: int) -> None:
    answer = reader.read(view.name, ENTITIES[view.name], now_ms)
    naive = naive_features(view.name, events, now_ms)
    (nothing,) = naive_features(view.name, SAMPLE, NOW_MS + 10 * DAY_MS).values()
    newest_ms = max((record["event_time"] for _, record in of_view(view, events)), default=0)
    longest = max(view.windows, key=parse_ms)
    for i, entity in enumerate(answer.entities):
        expected = naive.get(entity, nothing)
        found = {name: column[i].item() for name, column in answer.values.items()}
        assert found.keys() == expected.keys()
        assert {n: (found[n], expected[n]) for n in found if not same(found[n], expected[n])} == {}
        age_s = naive_age_s(
            of_view(view, events, entity), now_ms, parse_ms(longest), parse_ms(view.windows[longest])
        )
        fresh = "fresh" if now_ms - newest_ms <= view.slo_s * 1_000 else "stale"
        assert answer.status[i] == ("missing" if age_s is None else fresh)
        assert same(answer.age_s[i].item(), math.nan if age_s is None else age_s)


def event(name: str, event_time: int, **changes: Any) -> Event:
    return name, {
        "event_time": event_time,
        "member_id": "m1",
        "title_id": "t1",
        "country": "BR",
        "device_type": "tv",
        "position_ms": 30_000,
        "runtime_ms": 60_000,
        "dwell_ms": 500,
    } | changes


SAMPLE = [event(name, NOW_MS) for name in ("play", "pause", "search", "hover")]


@views
@settings(max_examples=60, deadline=None)
@given(
    events=countable(NOW_MS, 2 * DAY_MS, TOLERANCE_MS),
    later_ms=st.lists(st.integers(0, 100_000) | st.integers(0, 2 * DAY_MS), max_size=2),
)
def test_values_are_those_of_a_naive_reading_now_and_later(
    view: View, events: list[Event], later_ms: Sequence[int]
) -> None:
    reader = stored(view, events)
    for now_ms in (NOW_MS, *(NOW_MS + ms for ms in later_ms)):
        check(view, reader, events, now_ms)


@views
def test_a_window_begins_and_ends_with_its_tiles(view: View) -> None:
    for window, tile in view.windows.items():
        tile_ms, window_ms = parse_ms(tile), parse_ms(window)
        start_ms = NOW_MS // tile_ms * tile_ms
        for at_ms in (start_ms + tile_ms, start_ms - window_ms + tile_ms):
            for event_time in (at_ms - 1, at_ms):
                events = [event("play", event_time)]
                check(view, stored(view, events), events, NOW_MS)


@views
def test_an_event_decays_when_nothing_happens(view: View) -> None:
    reader = stored(view, SAMPLE)
    longest_ms = max(map(parse_ms, view.windows))
    for later_ms in range(0, 2 * longest_ms, longest_ms // 30):
        check(view, reader, SAMPLE, NOW_MS + later_ms)
    assert set(reader.read(view, ENTITIES[view.name], NOW_MS + 2 * longest_ms).status) == {"missing"}


@views
def test_an_answer_as_objects_is_plain(view: View) -> None:
    answer = stored(view, SAMPLE).read(view, ENTITIES[view.name], NOW_MS)
    for row in answer.as_dicts():
        assert row.keys() == {"view", "version", "entity", "status", "age_s", "values"}
        assert tuple(row["values"]) == view.value_names
        assert all(v is None or type(v) in (int, float, str) for v in (row["age_s"], *row["values"].values()))
        assert (row["status"] == "missing") == (row["age_s"] is None)


@views
def test_an_entity_may_be_asked_as_its_text(view: View) -> None:
    reader = stored(view, SAMPLE)
    texts = [e if isinstance(e, str) else entity_text(e) for e in ENTITIES[view.name]]
    by_text, by_parts = (reader.read(view, e, NOW_MS) for e in (texts, ENTITIES[view.name]))
    assert by_text.entities == by_parts.entities == tuple(texts)
    assert by_text.as_dicts() == by_parts.as_dicts()


@views
def test_no_entities_give_no_rows(view: View) -> None:
    answer = stored(view, SAMPLE).read(view, [], NOW_MS)
    assert answer.as_dicts() == []
    assert all(column.shape == (0,) for column in answer.values.values())


def test_values_keep_the_order_asked_and_repeats() -> None:
    reader = stored(VIEWS["title_engagement"], SAMPLE)
    answer = reader.read("title_engagement", ["t9", "t1", "t9", "t1"], NOW_MS)
    assert np.array_equal(answer.values["plays_1m"], [0, 1, 0, 1])


def test_a_view_that_is_not_in_the_catalogue_is_named() -> None:
    with pytest.raises(KeyError, match="no_such_view"):
        FeatureReader(MemoryTiles()).read("no_such_view", ["t1"], NOW_MS)
