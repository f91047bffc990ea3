"""Laws over every view of the catalogue."""

from __future__ import annotations

import pickle
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from features.before import Before
from features.duration import parse_ms
from features.extremes import First, Last
from features.followed import FOLLOWED, Followed
from features.layout import layouts
from features.listing_layout import list_layouts
from features.listing_sql import list_query, list_table
from features.recent import LastK
from features.ring import STATE_TTL_MS
from features.sql import table_name, tile_query
from features.sums import Count
from features.view import LONGEST_TILE_MS, Each, View
from schemas.events import EVENT_NAMES, EVENTS
from schemas.titles import GENRES
from schemas.topics import FUTURE_TOLERANCE_MS, LATENESS_HORIZON_MS
from tests.gallery import EVERY
from tests.samples import sound
from tests.tiles import rows_of

pytestmark = pytest.mark.unit

views = pytest.mark.parametrize("view", EVERY.values(), ids=EVERY)


def early(window: str) -> Before:
    return Before("early", of="event_time", on="play", window=window, before="first_ms", k=3)


def columns_of(event: str) -> set[str]:
    followed = FOLLOWED.get(event)
    own = {c.name for c in EVENTS[followed.of if followed else event].columns}
    own |= {GENRES.name} if "title_id" in own else set()
    return own.union(followed.take) if followed else own


def made_by(view: View) -> set[str]:
    return {*view.derived, *([view.each.name] if view.each else [])}


@views
def test_a_window_is_whole_tiles_of_a_ring_that_holds_it(view: View) -> None:
    for window, tile in view.windows.items():
        ring = view.ring_of(window)
        assert parse_ms(window) % parse_ms(tile) == 0
        assert ring.tile_ms == parse_ms(tile)
        assert ring in view.rings


@views
def test_a_tile_from_the_future_does_not_take_a_slot_that_a_window_reads(view: View) -> None:
    for window in view.windows:
        ring = view.ring_of(window)
        for now_ms in range(0, ring.tile_ms, max(1, ring.tile_ms // 50)):
            ahead = (now_ms + FUTURE_TOLERANCE_MS) // ring.tile_ms
            oldest = now_ms // ring.tile_ms - parse_ms(window) // ring.tile_ms + 1
            assert ahead - oldest < ring.slots


@views
def test_rings_are_finest_first_and_no_two_share_a_name(view: View) -> None:
    assert all(one.tile_ms < two.tile_ms for one, two in pairwise(view.rings))
    assert len({ring.name for ring in view.rings}) == len(view.rings)


@views
def test_names_are_unique_and_fit_for_sql_and_keys(view: View) -> None:
    for names in (view.value_names, [p.name for p in view.partials], [f.name for f in view.features]):
        assert len(set(names)) == len(names)
    assert all(name.isidentifier() and name.islower() for name in (view.name, *view.value_names))


@views
def test_every_column_that_a_view_reads_is_in_its_events(view: View) -> None:
    assert set(view.events) <= {*EVENT_NAMES, *FOLLOWED}
    for event in view.events:
        assert {*view.entity, "event_time"} <= columns_of(event) | made_by(view)
    for feature in view.stored:
        on = getattr(feature, "on", None)
        read = {w for p in feature.partials() for w in view.columns if w in p.sql}
        for event in [on] if on else view.events:
            assert event in view.events
            assert read <= columns_of(event)
    for listed in view.listed:
        assert listed.on in view.events
        assert {w for w in view.columns if w in list_query(view, listed)} <= columns_of(listed.on)


@views
def test_what_a_view_looks_at_is_within_its_reach(view: View) -> None:
    spans = [parse_ms(window) + parse_ms(tile) for window, tile in view.windows.items()]
    spans += [parse_ms(feature.window) + feature.tile_ms for feature in view.listed]
    assert view.reach_ms == max(spans)


def test_a_list_that_looks_further_back_than_all_windows_is_within_reach() -> None:
    week = LastK("seen", of="title_id", on="play", window="7d", k=3)
    view = View("v", ("member_id",), ("play",), {"1h": "60s"}, (week,), 60, "A list of a week.")
    assert view.reach_ms == 7 * 86_400_000


@views
def test_an_event_that_another_followed_counts_once(view: View) -> None:
    """There is a row for each that followed it."""
    for feature in view.stored:
        if getattr(feature, "on", None) in FOLLOWED:
            assert isinstance(feature, Count)
            assert feature.unique == "event_id"
        assert not (isinstance(feature, First | Last) and feature.on is None and {*view.events} & {*FOLLOWED})


@pytest.mark.parametrize("followed", FOLLOWED.values(), ids=FOLLOWED)
def test_events_that_another_followed_are_told_by_columns_that_both_have(followed: Followed) -> None:
    assert followed.name not in EVENT_NAMES
    assert followed.description.endswith(".")
    assert {*followed.on, "event_id", "event_time"} <= columns_of(followed.of) & columns_of(followed.by)
    assert {*followed.take.values()} <= columns_of(followed.by)


@views
def test_a_view_is_documented(view: View) -> None:
    assert len(view.description) > 20
    assert view.description.endswith(".")
    assert view.owner
    assert view.slo_s > 0


@views
def test_a_view_can_be_printed_and_sent_to_a_worker(view: View) -> None:
    assert view.name in repr(view)
    assert pickle.loads(pickle.dumps(view)) == view
    for layout in layouts(view):
        again = pickle.loads(pickle.dumps(layout))
        assert (again, again.dtype) == (layout, layout.dtype)
    for lists in list_layouts(view):
        told = pickle.loads(pickle.dumps(lists))
        assert (told, told.dtype) == (lists, lists.dtype)


@views
def test_a_ring_is_small_enough_to_read_by_the_hundred(view: View) -> None:
    for layout in layouts(view):
        assert layout.dtype.itemsize * layout.ring.slots < 8_192
    for lists in list_layouts(view):
        assert lists.dtype.itemsize * lists.of.ring.slots < 16_384


def test_tables_have_names_of_their_own() -> None:
    names = [table_name(view, ring) for view in EVERY.values() for ring in view.rings]
    names += [list_table(view, feature) for view in EVERY.values() for feature in view.listed]
    assert len(set(names)) == len(names)
    assert all(name == view.name for name, view in EVERY.items())


@views
def test_a_query_gives_the_entity_the_tile_and_every_partial(view: View) -> None:
    for ring in view.rings:
        sql = tile_query(view, ring)
        for column in (*view.entity, "tile", "n", "newest_ms", *(p.name for p in view.partials)):
            assert column in sql
        assert f"/ {ring.tile_ms}" in sql


@views
def test_a_list_is_grouped_by_the_entity_the_tile_and_the_item(view: View) -> None:
    for feature in view.listed:
        *_, group = list_query(view, feature).splitlines()
        assert group == f"GROUP BY {', '.join([*view.entity, *feature.columns().values()])}"
        assert list(feature.columns()) == (["tile", "item"] if feature.tile_ms else ["item"])


def test_a_window_of_broken_tiles_is_refused() -> None:
    with pytest.raises(ValueError, match="view bad: window 1m is no multiple of its tile 7s"):
        View("bad", ("title_id",), ("play",), {"1m": "7s"}, (), 60, "Windows must be whole tiles.")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"windows": {"31d": "12h"}}, "window 31d is above 30d"),
        ({"windows": {"30d": "1d"}}, "tile 1d of window 30d is above 12h; state is kept for 24h"),
        ({"name": "Bad"}, "'Bad' is no name"),
        ({"name": "b-d"}, "'b-d' is no name"),
        ({"features": (Count("pläys", on="play"),)}, "'pläys' is no name"),
        ({"version": 0}, "version is 0"),
        ({"entity": ("row",)}, "'row' is a word of Flink SQL; give another name"),
        ({"each": Each("value", of="genres")}, "'value' is a word of Flink SQL"),
        ({"features": (Count("count", on="play"),)}, "'count' is a word of Flink SQL"),
        ({"features": (early("1h"),)}, "early is over 1h, no window of it"),
        ({"features": (early("30d"),)}, "early is before first_ms, no feature of it"),
    ],
)
def test_a_view_that_could_not_be_kept_is_refused(changes: dict[str, Any], told: str) -> None:
    sound = View("sound", ("title_id",), ("play",), {"30d": "12h"}, (), 60, "As long as may be.")
    with pytest.raises(ValueError, match=told):
        replace(sound, **changes)


def test_a_tile_is_forgotten_only_when_no_event_can_come_for_it() -> None:
    assert LONGEST_TILE_MS + LATENESS_HORIZON_MS + FUTURE_TOLERANCE_MS < STATE_TTL_MS


@pytest.mark.parametrize("text", ["", "10", "m", "0s", "-1m", "1.5h", "10 m", "10M", "1w", "\u0661m"])
def test_a_text_that_is_no_duration_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        parse_ms(text)


def test_a_view_may_count_by_the_genres_of_titles() -> None:
    """As by any column that not all events have: what has none is null, and not counted."""
    noirs = Count("noirs", on="play", where="genres LIKE '%noir%'")
    view = View(
        "tried", ("member_id",), ("play", "search"), {"1m": "10s"}, (noirs,), 60, "Only for this test."
    )
    assert view.columns == {"member_id", "event_time", "genres"}
    events = [("play", {**sound("play"), "genres": told}) for told in ("drama,noir", "noir", "drama", None)]
    (layout,) = layouts(view)
    ((*_, counted),) = rows_of(layout, [*events, ("search", sound("search"))])
    assert counted == 2
