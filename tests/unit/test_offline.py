"""The offline form of every view is that of its stream, and values as of an instant are those of then."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.layout import layouts
from features.listing_layout import list_layouts
from features.offline import Log, stored
from features.view import View
from flink_jobs.row_writing import write
from serving.question import Entity
from serving.reader import FeatureReader
from sinks.memory import MemoryTiles
from tests.gallery import EVERY
from tests.naive import Event, alike
from tests.offline import crowded, log_of, naive_at, values_at
from tests.reading import DAY_MS, ENTITIES, NOW_MS, SAMPLE, TOLERANCE_MS, check, event, same
from tests.tiles import countable

pytestmark = pytest.mark.unit

views = pytest.mark.parametrize("view", EVERY.values(), ids=EVERY)
EVENTS = countable(NOW_MS, 2 * DAY_MS, TOLERANCE_MS)
#: When a row is asked: soon after an event, or long after.
INSTANTS = st.integers(NOW_MS - 100_000, NOW_MS + 100_000) | st.integers(NOW_MS - 2 * DAY_MS, NOW_MS + DAY_MS)
#: How long events crowd: within a tile, within what may follow a hover, over tiles of half an hour.
SPANS_MS = (5_000, 900_000, 3 * 3_600_000)
FEW = settings(max_examples=10, deadline=None)


def differences(view: View, events: Sequence[Event], log: Log, asked: Sequence[tuple[Entity, int]]) -> Any:
    return [
        (entity, at_ms - NOW_MS, name, found[name], expected[name])
        for (entity, at_ms), found in zip(asked, values_at(view, log, asked), strict=True)
        for expected in [naive_at(view, events, entity, at_ms)]
        for name in {*found, *expected}
        if not alike(expected[name], found[name], same)
    ]


@views
@FEW
@given(events=EVENTS, seed=st.integers(0, 9))
def test_tiles_and_lists_are_those_of_a_naive_reading(view: View, events: list[Event], seed: int) -> None:
    store, log = MemoryTiles(), log_of(events, seed)
    log.count(view, 0, NOW_MS + DAY_MS)
    for layout in (*layouts(view), *list_layouts(view)):
        for entity, rows in stored(log, layout, 0, NOW_MS + DAY_MS):
            write(store, layout, None, entity, rows)
    check(view, FeatureReader(store), events, NOW_MS)


@views
@FEW
@given(events=EVENTS, instants=st.lists(INSTANTS, min_size=1, max_size=4), seed=st.integers(0, 9))
def test_values_at_an_instant_are_those_of_a_naive_reading_then(
    view: View, events: list[Event], instants: list[int], seed: int
) -> None:
    asked = [(entity, at_ms) for at_ms in instants for entity in ENTITIES[view.name]]
    assert differences(view, events, log_of(events, seed), asked) == []


@views
@pytest.mark.parametrize("span_ms", SPANS_MS)
def test_values_between_crowded_events_are_those_of_a_naive_reading(view: View, span_ms: int) -> None:
    random = Random(f"{view.name}/{span_ms}")
    events = crowded(random, span_ms)
    instants = [record["event_time"] + random.choice([-1, 0, 1]) for _, record in random.sample(events, 12)]
    asked = [(entity, at_ms) for at_ms in instants for entity in ENTITIES[view.name]]
    assert differences(view, events, log_of(events), asked) == []


@views
@pytest.mark.parametrize("span_ms", SPANS_MS)
def test_a_poisoned_future_changes_nothing(view: View, span_ms: int) -> None:
    random = Random(f"{view.name}/{span_ms}")
    events = crowded(random, span_ms)
    # Within an hour of the clock, which is part of an entity.
    at_ms = NOW_MS - random.randrange(min(span_ms, 1_200_000))
    past = [(name, record) for name, record in events if record["event_time"] <= at_ms]
    future = [
        (name, record | {"event_id": f"later{i}", "event_time": at_ms + random.choice([1, 2, span_ms])})
        for i, (name, record) in enumerate([*events, *crowded(random, span_ms)])
    ]
    asked = [(entity, at_ms) for entity in ENTITIES[view.name]]
    # Others that are asked later see the future, and these do not.
    others = [(entity, at_ms + 2) for entity in ENTITIES[view.name]]
    alone = values_at(view, log_of(past), asked)
    beside = values_at(view, log_of([*past, *future]), [*asked, *others])
    assert repr(alone) == repr(beside[: len(asked)])
    assert repr(alone) != repr(beside[len(asked) :])


def test_rows_are_answered_alike_in_any_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    log = log_of(crowded(Random(1), 900_000))
    asked = [(entity, NOW_MS - i * 10_000) for i in range(20) for entity in ENTITIES["gallery"]]
    whole = values_at(EVERY["gallery"], log, asked)
    monkeypatch.setattr("features.offline.answers._AT_ONCE_BYTES", 100_000)
    assert repr(values_at(EVERY["gallery"], log, asked)) == repr(whole)


@views
def test_a_row_sees_the_millisecond_of_its_instant_and_not_the_next(view: View) -> None:
    for offset_ms in (-1, 0, 1):
        events = [event(name, record["event_time"]) for name, record in SAMPLE]
        asked = [(entity, NOW_MS + offset_ms) for entity in ENTITIES[view.name][:1]]
        assert differences(view, events, log_of(events), asked) == []
