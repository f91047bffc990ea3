"""What a sample suggests is sound: it lints clean, and holds on the share of the sample that it states."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import encode
from schemas.events import EVENT_NAMES, EVENTS
from tests.samples import SOUND, records, sound
from validators.inspect import example_frame, inspect
from validators.jsonl import parse
from validators.lint import lint
from validators.source import read
from validators.suggest import LEAST_VALUES, MOST_FAILING, Suggestion, readable, suggest, to_yaml
from validators.wilson import wilson

pytestmark = pytest.mark.unit

NOW_MS: int = SOUND["event_time"]

counts = st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts)
def test_an_interval_holds_the_share_that_was_seen(seen: tuple[int, int]) -> None:
    k, n = seen
    low, high = wilson(k, n)
    assert 0 <= low <= k / n <= high <= 1
    assert low < high


@given(counts)
def test_an_interval_is_the_mirror_of_that_of_the_other_outcome(seen: tuple[int, int]) -> None:
    k, n = seen
    low, high = wilson(k, n)
    assert wilson(n - k, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@given(counts)
def test_more_of_the_same_makes_it_narrower(seen: tuple[int, int]) -> None:
    k, n = seen
    (low, high), (closer_low, closer_high) = wilson(k, n), wilson(4 * k, 4 * n)
    assert closer_high - closer_low < high - low


def sample(event: str, n: int) -> list[dict[str, Any]]:
    rng = Random(7)
    return [
        sound(
            event,
            event_id=f"e-{rng.randrange(16**8):08d}"[:10],
            member_id=f"m{rng.randrange(500)}",
            **{"dwell_ms": rng.randrange(20_000)} if event == "hover" else {},
            country=rng.choice(["BR", "US", "DE"]),
        )
        for _ in range(n)
    ]


def by_name(found: list[Suggestion]) -> dict[str, Suggestion]:
    return {s.rule.name: s for s in found}


def test_a_sample_suggests_what_is_usual() -> None:
    events = sample("hover", 1_000)
    events[3] |= {"country": "xx", "dwell_ms": 10**9, "device_type": None}
    found = by_name(suggest(EVENTS["hover"], events))
    assert found["dwell_ms_in_range"].rule.expect.startswith("dwell_ms BETWEEN ")
    assert found["dwell_ms_in_range"].failing < 20
    assert found["country_known"].rule.expect == "country IN ('BR', 'DE', 'US')"
    assert (found["country_known"].tried, found["country_known"].failing) == (1_000, 1)
    assert found["member_id_shape"].rule.expect == "member_id ~ '^[a-z][0-9]+$'"
    assert found["member_id_length"].rule.expect == "LENGTH(member_id) BETWEEN 2 AND 4"
    assert found["device_type_present"].failing == 1
    assert "999 of 1,000 events; of all, 0.02% to 0.56% would fail" in found["device_type_present"].rule.why
    assert "event_time_in_range" not in found
    text = to_yaml(EVENTS["hover"], list(found.values()), len(events))
    assert lint([("a.yaml", text)], ()) == []


@pytest.mark.parametrize("n", [0, 1, LEAST_VALUES - 1])
def test_few_events_suggest_nothing(n: int) -> None:
    assert suggest(EVENTS["play"], sample("play", n)) == []


def test_an_age_is_suggested_where_lines_tell_when_an_event_was_taken() -> None:
    events = [e | {"ingestion_time": e["event_time"] + i} for i, e in enumerate(sample("play", 50))]
    rule = by_name(suggest(EVENTS["play"], events))["event_age_ms_in_range"].rule
    assert (rule.expect, rule.dimension) == ("event_age_ms BETWEEN 0 AND 49", "timeliness")


@pytest.mark.parametrize("odd", [float("inf"), float("nan")])
def test_a_number_that_no_file_can_tell_is_no_example(odd: float) -> None:
    events = [sound("hover", artwork_propensity=odd)] * LEAST_VALUES
    found = suggest(EVENTS["hover"], events)
    assert "artwork_propensity_present" in by_name(found)
    assert lint([("a.yaml", to_yaml(EVENTS["hover"], found, len(events)))], ()) == []


def samples(event: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Many copies of some records, so that sets are small, with some others and some ids among them."""
    usual = st.lists(records(event), min_size=1, max_size=6).map(lambda some: some * LEAST_VALUES)
    other = st.lists(records(event) | st.just(sound(event)), max_size=30)
    ids = st.lists(st.from_regex("[a-z]{1,2}[-_.]?([0-9]|[A-Z]{3}){1,3}", fullmatch=True), max_size=40)
    named = ids.map(lambda some: [sound(event, event_id=one) for one in some])
    return st.tuples(st.just([]) | usual, other, named).map(lambda parts: [e for part in parts for e in part])


@pytest.mark.parametrize("event", EVENT_NAMES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_whatever_is_suggested_is_sound_and_holds_as_stated(event: str, data: st.DataObject) -> None:
    events = data.draw(samples(event))
    found = suggest(EVENTS[event], events)
    text = to_yaml(EVENTS[event], found, len(events))
    assert [str(f) for f in lint([("a.yaml", text)], ())] == []
    kept = read("a.yaml", text).file.rules
    assert [r for r, s in zip(kept, found, strict=True) if r != s.rule] == []
    frame = example_frame(EVENTS[event], tuple(events))
    for suggestion in found:
        assert inspect((suggestion.rule,), frame).failed.sum() == suggestion.failing
        assert suggestion.failing <= MOST_FAILING * suggestion.tried <= MOST_FAILING * len(events)
        stated = f"{suggestion.tried - suggestion.failing:,} of {suggestion.tried:,} events"
        assert stated in suggestion.rule.why
    assert to_yaml(EVENTS[event], suggest(EVENTS[event], events), len(events)) == text


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{", "no JSON"),
        (b"\xff", "no JSON"),
        (b"[1]", "no object"),
        (b'{"dwel_ms": 1}', "hover has no dwel_ms: did you mean dwell_ms?"),
        (b'{"event_id": 5}', "event_id is 5: give a string"),
        (b'{"event_id": null}', "event_id is null: give a string"),
        (b"{}", "event_id is missing: give a string"),
    ],
)
def test_a_line_that_is_no_event_is_told_and_the_others_are_read(line: bytes, told: str) -> None:
    lines = parse(EVENTS["hover"], [line, b" ", b"{}"])
    assert list(lines.bad) == [1, 3]
    assert told in lines.bad[1]


@given(st.lists(st.binary(max_size=40) | st.from_regex(rb'\{"row": [^\n]*\}', fullmatch=True)))
def test_any_line_is_an_event_or_told(lines: list[bytes]) -> None:
    read_ = parse(EVENTS["hover"], lines)
    assert read_.told.keys().isdisjoint(read_.bad)
    assert len(read_.told) + len(read_.bad) == sum(bool(line.strip()) for line in lines)
    assert all(not re.search("Traceback", told) for told in read_.bad.values())


@pytest.mark.parametrize("event", EVENT_NAMES)
def test_raw_records_suggest_what_their_events_do(event: str) -> None:
    events = sample(event, 200)
    values = [value for told in events for value in (encode(event, told), b"json", None)]
    read = readable(EVENTS[event], values, np.full(len(values), NOW_MS + 5))
    assert [{**told, "ingestion_time": None} for told in read] == [
        {**told, "ingestion_time": None} for told in events
    ]
    assert {told["ingestion_time"] for told in read} == {NOW_MS + 5}
    assert readable(EVENTS[event], [b"json", None], np.zeros(2, dtype=np.int64)) == []
