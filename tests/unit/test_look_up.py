"""What is known of an event is what a reader would have said of its entities, and no more than there was."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalog import VIEWS
from features.derived import Rate
from features.live import Live
from headwater.experiments.looked_up import looked_up
from online_models.catalog import MODELS
from online_models.declaration import Declaration
from online_models.known import PROMPT_MS, Known, read, written
from schemas.events import EVENTS
from schemas.titles import GENRES
from schemas.topics import LEARNT_FROM
from serving import FeatureReader, known
from serving.facts import texts
from sinks.memory import MemoryTiles
from tests.naive import Event
from tests.offline import log_of
from tests.oracle import naive_features
from tests.reading import DAY_MS, NOW_MS, SAMPLE, event
from tests.tiles import countable, write_all

pytestmark = pytest.mark.unit

each_model = pytest.mark.parametrize("declared", MODELS.values(), ids=list(MODELS))
TAKES = Known("title_row_take", "takes_24h", ("title_id", "row"))
HOVERS = Known("profile_genre", "hovers_7d", ("profile_id", "genres"))
SEEN = Known("member_title", "hovers_7d", ("member_id", "title_id"))
WANTED = (TAKES, HOVERS, SEEN, Known("profile_genre", "take_rate_7d", ("profile_id", "genres")))
PROFILE = SAMPLE[0][1]["profile_id"]


def columns(**of: list[Any]) -> dict[str, Any]:
    return {name: np.array(column, float if name == "row" else object) for name, column in of.items()}


ASKED = columns(
    title_id=["t1", "t2", "t1", "t1"],
    row=[0, 1, None, 2],
    member_id=["m1", "m2", "m1", "m3"],
    profile_id=[PROFILE, PROFILE, "nobody", None],
    genres=["drama,noir", "drama", None, "noir"],
)


def naive(events: list[Event], now_ms: int) -> dict[str, list[float]]:
    """Each Known of each of ASKED, row by row."""
    found: dict[str, list[float]] = {}
    for of in WANTED:
        (nothing,) = naive_features(of.view, SAMPLE, NOW_MS + 10 * DAY_MS).values()
        told = naive_features(of.view, events, now_ms)
        column = found.setdefault(of.name, [])
        for row in range(4):
            one, other = (ASKED[name].tolist()[row] for name in of.of)
            parts = other.split(",") if of.of[1] == "genres" and other else [other]
            texts = [str(int(part)) if of.of[1] == "row" and part == part else part for part in parts]
            unknown = one is None or texts[0] is None or texts[0] != texts[0]
            values = [] if unknown else [told.get(f"{one}|{text}", nothing)[of.value] for text in texts]
            column.append(sum(values) / len(values) if values else float("nan"))
    return found


def stored(events: list[Event], *views: str) -> MemoryTiles:
    tiles = MemoryTiles()
    for name in views or dict.fromkeys(of.view for of in WANTED):
        write_all(tiles, VIEWS[name], events)
    return tiles


@settings(max_examples=12, deadline=None)
@given(events=countable(NOW_MS, 2 * DAY_MS, 0))
def test_what_is_known_is_what_a_naive_reading_says_live_and_in_files(events: list[Event]) -> None:
    live = known(FeatureReader(stored(events)), WANTED, ASKED, NOW_MS)
    of_files = looked_up(log_of(events), WANTED, ASKED, np.full(4, NOW_MS))
    expected = naive(events, NOW_MS)
    for of in WANTED:
        np.testing.assert_allclose(live[of.name], expected[of.name], rtol=1e-12)
        assert live[of.name].tobytes() == of_files[of.name].tobytes(), "to the last bit"


@pytest.mark.parametrize("kind", [np.int32, np.int64, np.float32, float])
def test_a_whole_number_names_an_entity_whatever_its_type(kind: type) -> None:
    of_page = ASKED | {"row": np.array([3, 0, 0, 0], kind)}
    found = known(
        FeatureReader(stored([event("hover", NOW_MS), event("play", NOW_MS)])), WANTED, of_page, NOW_MS
    )
    assert found[TAKES.name].tolist() == [1.0, 0.0, 0.0, 0.0]


def test_it_is_one_round_trip_and_asks_of_each_entity_once() -> None:
    asked: list[list[str]] = []

    class Counted(MemoryTiles):
        def mget(self, keys: Any) -> list[bytes | None]:
            asked.append(list(keys))
            return super().mget(keys)

    of_page = columns(member_id=["m1"] * 50, title_id=[f"t{n % 5}" for n in range(50)])
    known(FeatureReader(Counted()), [SEEN], of_page, NOW_MS)
    (keys,) = asked
    assert len([key for key in keys if key.startswith("hw:{m1|t")]) == 5


def test_lists_of_which_nothing_is_wanted_are_not_read() -> None:
    asked: list[str] = []

    class Told(MemoryTiles):
        def mget(self, keys: Any) -> list[bytes | None]:
            asked.extend(keys)
            return super().mget(keys)

    of_title = columns(title_id=["t1"])
    for value in ("plays_24h", "members"):
        known(FeatureReader(Told()), [Known("title_popularity", value, ("title_id",))], of_title, NOW_MS)
    lists = [":title_popularity:v1:members:" in key for key in asked if key.startswith("hw:{t1}")]
    assert (lists.count(True), lists.count(False)) == (1, 2), "a ring each time, and the list once"


def test_a_future_that_is_poisoned_changes_nothing() -> None:
    """Of what happens after an instant, nothing is in what files say of it."""
    past = [
        event(n, NOW_MS - 1_000 * i, event_id=f"p{i}") for i, n in enumerate(["hover", "play", "pause"] * 9)
    ]
    poison = [
        event(n, NOW_MS + 1 + i, event_id=f"f{i}") for i, n in enumerate(["hover", "play", "pause"] * 99)
    ]
    at_ms = np.full(4, NOW_MS)
    before, after = (looked_up(log_of(of), WANTED, ASKED, at_ms) for of in (past, past + poison))
    assert any(column.any() for column in before.values())
    assert {name: of.tobytes() for name, of in before.items()} == {n: of.tobytes() for n, of in after.items()}


def test_what_a_view_may_have_counted_of_the_event_itself_is_not_known() -> None:
    events = [event("hover", NOW_MS - 500), event("play", NOW_MS - 100, event_id="e2")]
    reader = FeatureReader(stored(events))
    at = [NOW_MS - 501, NOW_MS - 500, NOW_MS - 100, NOW_MS - 99, NOW_MS + 9_000]
    never = columns(member_id=["m9"], title_id=["t1"])
    assert known(reader, [SEEN], never, NOW_MS, np.array([NOW_MS]))[SEEN.name].tolist() == [0.0]
    same = columns(member_id=["m1"] * 5, title_id=["t1"] * 5, row=[3] * 5)
    found = known(reader, [SEEN, TAKES], same, NOW_MS, np.array(at))
    assert np.isnan(found[SEEN.name]).tolist() == [True, True, True, False, False]
    assert found[SEEN.name].tolist()[3:] == [1.0, 1.0]
    assert found[TAKES.name].tolist() == [1.0] * 5, "one of many who look at a title is not told apart"
    ahead = FeatureReader(stored([event("hover", NOW_MS + 30_000)]))
    own = known(
        ahead, [SEEN], columns(member_id=["m1"], title_id=["t1"]), NOW_MS, np.array([NOW_MS + 30_000])
    )
    assert np.isnan(own[SEEN.name]).all(), "a clock that is ahead"


def test_what_is_looked_up_too_late_is_not_known_whatever_views_say_by_then() -> None:
    """A job that catches up must not read what came of an event."""
    ingested = np.array([NOW_MS - PROMPT_MS - 1, NOW_MS - PROMPT_MS, NOW_MS])
    same = columns(member_id=["m1"] * 3, title_id=["t1"] * 3, row=[3] * 3)
    events = [event("hover", NOW_MS - 90_000), event("play", NOW_MS - 80_000)]
    reader = FeatureReader(stored(events))
    told = texts(reader, [TAKES], same, ingested, ingested, NOW_MS)
    assert read(told, [TAKES])[TAKES.name].tolist() == [pytest.approx(np.nan, nan_ok=True), 1.0, 1.0]
    assert {json.loads(text)[0] for text in told} == {NOW_MS}

    class Away:
        def mget(self, keys: Any) -> Any:
            raise redis.ConnectionError

    assert texts(FeatureReader(Away()), [TAKES], same, ingested, ingested, NOW_MS) == [f"[{NOW_MS},{{}}]"] * 3


@pytest.mark.parametrize("status", ["rebuilding", "degraded", "not computed"])
def test_what_cannot_be_trusted_is_not_known(status: str) -> None:
    tiles = stored(SAMPLE)
    if status == "rebuilding":
        tiles.point_at(Live(0, rebuilding=True))
    elif status == "degraded":
        tiles.degrade("member_title")
    else:
        tiles.compute("title_row_take@1", "profile_genre@1")
    found = known(FeatureReader(tiles), WANTED, ASKED, NOW_MS)
    assert np.isnan(found[SEEN.name]).all()
    assert np.isnan(found[TAKES.name]).all() == (status == "rebuilding")


@given(
    st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False), max_size=5), st.integers(0, 10**14)
)
def test_what_is_written_is_read(values: list[float | None], read_ms: int) -> None:
    column = np.array(values, float)
    texts = written(read_ms, {TAKES.name: column, "gone": column}, len(values))
    assert [json.loads(text)[0] for text in texts] == [read_ms] * len(values)
    found = read(texts, WANTED)
    assert found[TAKES.name].tobytes() == column.tobytes()
    assert np.isnan(found[SEEN.name]).all(), "a number that was not known of then"


def test_of_two_copies_the_one_that_was_read_first_is_less() -> None:
    first, second = (
        written(at_ms, {"a": np.array([x])}, 1)[0] for at_ms, x in ((NOW_MS, 9.0), (NOW_MS + 1, 0.0))
    )
    assert first < second


@each_model
def test_a_model_knows_numbers_of_views_that_are_there_by_columns_of_its_events(
    declared: Declaration,
) -> None:
    own = {column.name for column in (*EVENTS[declared.outcome.of].columns, GENRES)}
    for of in declared.known:
        view = VIEWS[of.view]
        # What the experiments can compute of past instants in reasonable time.
        (feature,) = (
            f for f in view.features if of.value in {f.name, *(f"{f.name}_{w}" for w in view.windows)}
        )
        assert of.value in view.value_names
        assert feature in view.stored or isinstance(feature, Rate)
        assert {*of.of} <= own & {*declared.outcome.texts, *declared.outcome.numbers}
        for column, entity in zip(of.of, view.entity, strict=True):
            parts = view.each is not None and (entity, column) == (view.each.name, view.each.of)
            # A text of a number, as a view's own SQL makes it.
            made = f"CAST(`{column}` AS STRING)" == view.derived.get(entity)
            assert column == entity or parts or made
    assert len({of.name for of in declared.known}) == len(declared.known)


def test_there_is_a_log_of_each_event_that_is_learnt_from() -> None:
    assert {*LEARNT_FROM} == {declared.outcome.of for declared in MODELS.values()}
    assert PROMPT_MS <= 1_000
