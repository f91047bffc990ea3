"""What a reader returns is what a naive reading of the events gives, at any time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalog import VIEWS
from features.duration import parse_ms
from features.layout import entity_text
from features.view import View
from serving.plan import plan_of
from serving.reader import FeatureReader
from sinks.memory import MemoryTiles
from tests.gallery import EVERY
from tests.naive import Event
from tests.reading import DAY_MS, ENTITIES, NOW_MS, SAMPLE, TOLERANCE_MS, check, event
from tests.tiles import countable, write_all

pytestmark = pytest.mark.unit

views = pytest.mark.parametrize("view", EVERY.values(), ids=EVERY)


def stored(view: View, events: list[Event]) -> FeatureReader:
    tiles = MemoryTiles()
    write_all(tiles, view, events)
    return FeatureReader(tiles)


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
@settings(deadline=None)
@given(data=st.data(), later_ms=st.integers(0, 2 * DAY_MS))
def test_a_part_of_a_view_is_told_as_in_the_whole_and_takes_no_more_keys(
    view: View, data: st.DataObject, later_ms: int
) -> None:
    values = data.draw(st.sets(st.sampled_from(view.value_names), min_size=1))
    plan, now_ms = plan_of(view, frozenset(values)), NOW_MS + later_ms
    reader, asked = stored(view, SAMPLE), [*ENTITIES[view.name], *ENTITIES[view.name][:1]]
    whole, part = reader.read_many([(view, asked), (plan, asked)], now_ms)
    assert part.values.keys() == values
    for name, column in part.values.items():
        assert column.tobytes() == whole.values[name].tobytes()
    # Of what is read it tells as the whole does; a shorter window may have ended before.
    there = part.status != "missing"
    assert np.array_equal(part.status[there], whole.status[there])
    assert np.array_equal(part.age_s[there], whole.age_s[there])
    of_part, of_whole = (set(of.keys(["x"], 0)) for of in (plan, plan_of(view)))
    assert of_part <= of_whole
    if values == {*view.value_names}:
        assert of_part == of_whole


def test_of_a_part_only_its_rings_and_lists_are_read() -> None:
    hours = plan_of(VIEWS["title_engagement"], frozenset({"take_rate_1h"}))
    assert [layout.ring.name for layout, _ in hours._rings] == ["60s"]
    popular = VIEWS["title_popularity"]
    for value, parts in (("plays_24h", (1, 0)), ("plays_decayed", (1, 0)), ("members", (1, 1))):
        plan = plan_of(popular, frozenset({value}))
        assert (len(plan._rings), len(plan._lists)) == parts


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
def test_a_view_is_stale_once_its_newest_event_is_older_than_its_slo(view: View) -> None:
    reader = stored(view, SAMPLE)
    for over_ms, status in ((0, "fresh"), (1, "stale")):
        now_ms = NOW_MS + int(view.slo_s * 1_000) + over_ms
        assert reader.read(view, ENTITIES[view.name][:1], now_ms).status.tolist() == [status]


@views
def test_an_answer_as_objects_is_plain(view: View) -> None:
    answer = stored(view, SAMPLE).read(view, ENTITIES[view.name], NOW_MS)
    for row in answer.as_dicts():
        assert row.keys() == {"view", "version", "entity", "status", "age_s", "values"}
        assert tuple(row["values"]) == view.value_names
        items = [item for value in row["values"].values() if type(value) is list for item in value]
        plain = [value for value in row["values"].values() if type(value) is not list]
        plain += [row["age_s"], *(value for item in items for value in item.values())]
        assert all(value is None or type(value) in (int, float, str) for value in plain)
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
    assert all(len(column) == 0 for column in answer.values.values())


def test_values_keep_the_order_asked_and_repeats() -> None:
    reader = stored(VIEWS["title_engagement"], SAMPLE)
    answer = reader.read("title_engagement", ["t9", "t1", "t9", "t1"], NOW_MS)
    assert np.array_equal(answer.values["plays_1m"], [0, 1, 0, 1])


@views
def test_an_entity_of_another_number_of_columns_is_named(view: View) -> None:
    wrong = ("t1", "BR", "x", "y")
    for asked in ([wrong], [*ENTITIES[view.name], wrong], [()]):
        with pytest.raises(ValueError, match=rf"is no {'.'.join(view.entity)}, the entity of {view.name}"):
            FeatureReader(MemoryTiles()).read(view, asked, NOW_MS)


def test_a_view_that_is_not_in_the_catalogue_is_named() -> None:
    with pytest.raises(KeyError, match="no_such_view"):
        FeatureReader(MemoryTiles()).read("no_such_view", ["t1"], NOW_MS)
