"""The laws of the gate's judgement: any bytes, one verdict each, and each row alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import encode, frame
from schemas.events import EVENT_NAMES
from schemas.registry import EMBEDDED
from schemas.topics import FUTURE_TOLERANCE_MS, LATENESS_HORIZON_MS
from tests.samples import SOUND, frames, sound
from validators.judge import Judgement, judge
from validators.rule import Rule
from validators.ruleset import RuleSet, load

pytestmark = pytest.mark.unit

RULES = load()
NOW_MS: int = SOUND["event_time"]
events = pytest.mark.parametrize("event", EVENT_NAMES)


def judged(event: str, values: Sequence[bytes | None], ingestion_ms: Sequence[int]) -> Judgement:
    return judge({event: np.arange(len(values))}, values, np.array(ingestion_ms, dtype=np.int64), RULES)


def rows(j: Judgement) -> list[tuple[Any, ...]]:
    return list(zip(j.verdict, j.reasons, j.datum, j.member_id, strict=True))


def alone(event: str, age_ms: int = 0, **changes: Any) -> tuple[str, str | None]:
    record = sound(event, **{"event_time": NOW_MS - age_ms} | changes)
    ((verdict, reasons, _, _),) = rows(judged(event, [encode(event, record)], [NOW_MS]))
    return verdict, reasons


@events
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_batch_is_judged_row_by_row(event: str, data: st.DataObject) -> None:
    values = data.draw(st.lists(frames(event), max_size=8))
    near = st.integers(NOW_MS - 2 * FUTURE_TOLERANCE_MS, NOW_MS + 2 * LATENESS_HORIZON_MS)
    times = [data.draw(near | st.integers(0, 2**62)) for _ in values]
    found = rows(judged(event, values, times))
    assert len(found) == len(values)
    for value, time_ms, row in zip(values, times, found, strict=True):
        verdict, reasons, datum, member_id = row
        assert verdict in ("valid", "warned", "late", "rejected")
        assert (verdict == "rejected") == (datum is None) == (member_id is None)
        assert reasons or (reasons is None and verdict in ("valid", "late"))
        assert datum is None or frame(EMBEDDED.current_id[event], datum) == value
        assert [row] == rows(judged(event, [value], [time_ms]))


@events
def test_an_event_is_late_once_it_is_older_than_the_horizon(event: str) -> None:
    assert alone(event, LATENESS_HORIZON_MS) == ("valid", None)
    assert alone(event, LATENESS_HORIZON_MS + 1) == ("late", None)


@events
def test_a_clock_may_run_ahead_by_its_tolerance(event: str) -> None:
    assert alone(event, -FUTURE_TOLERANCE_MS) == ("valid", None)
    assert alone(event, -FUTURE_TOLERANCE_MS - 1) == ("rejected", "not_from_the_future")


@events
@pytest.mark.parametrize(
    ("event_time", "reason"),
    [(-(2**63), "event_time_in_milliseconds"), (2**63 - 1, "not_from_the_future")],
)
def test_the_age_of_an_impossible_time_does_not_wrap(event: str, event_time: int, reason: str) -> None:
    assert alone(event, event_time=event_time) == ("rejected", reason)


@events
def test_a_warning_lets_an_event_pass_and_says_why(event: str) -> None:
    assert alone(event, app_version="nightly") == ("warned", "app_version_shape")
    assert alone(event, LATENESS_HORIZON_MS + 1, app_version=None) == ("late", "app_version_shape")


@events
def test_what_is_rejected_tells_its_slice(event: str) -> None:
    records = [sound(event), sound(event, event_id=""), sound(event, event_id="", country="a|b" * 20)]
    found = judged(event, [*(encode(event, r) for r in records), b"json"], [NOW_MS] * 4)
    device, version = SOUND["device_type"], SOUND["app_version"]
    cut = ("a b" * 20)[:32]
    assert found.slice.tolist() == [None, f"{device}|BR|{version}", f"{device}|{cut}|{version}", None]


@events
def test_reasons_stand_in_the_order_of_the_rules(event: str) -> None:
    found = alone(event, app_version="nightly", country="br", event_id="")
    assert found == ("rejected", "event_id_present,country_iso,app_version_shape")


@events
def test_what_cannot_be_read_tells_why(event: str) -> None:
    values = [
        None,
        b"",
        b"json",
        frame(99, b""),
        encode(event, sound(event)) + b"\0",
        encode(event, sound(event)),
    ]
    found = judged(event, values, [NOW_MS] * 6)
    assert found.reasons.tolist() == ["empty_value"] * 2 + ["unframed", "unknown_schema", "malformed", None]
    assert found.verdict.tolist() == ["rejected"] * 5 + ["valid"]
    assert found.member_id.tolist() == [None] * 5 + ["m1"]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_event_types_are_judged_together_as_each_alone(data: st.DataObject) -> None:
    types = data.draw(st.lists(st.sampled_from(EVENT_NAMES), max_size=12))
    values = [data.draw(frames(event)) for event in types]
    order = data.draw(st.permutations(EVENT_NAMES))
    of_event = {e: np.flatnonzero([t == e for t in types]) for e in order}
    found = judge(of_event, values, np.full(len(types), NOW_MS), RULES)
    alone = [rows(judged(event, [value], [NOW_MS])) for event, value in zip(types, values, strict=True)]
    assert [[row] for row in rows(found)] == alone


def test_rules_of_one_name_are_those_of_their_event_type() -> None:
    (dwell,) = (r for r in RULES.rules["hover"] if r.name == "dwell_in_range")
    search = Rule(**dwell.model_dump() | {"expect": "results < 0"})
    both = RuleSet({"hover": (dwell,), "search": (search,)})
    values = [encode("search", sound("search")), encode("hover", sound("hover"))]
    found = judge({"hover": np.array([1]), "search": np.array([0])}, values, np.full(2, NOW_MS), both)
    assert found.reasons.tolist() == ["dwell_in_range", None]
