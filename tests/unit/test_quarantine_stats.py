"""Counts of what was set aside, against plain counting."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.quarantine.log import MemoryKafka
from headwater.quarantine.record import SetAside, told
from headwater.quarantine.stats import NO_RULE, read_since, shares, sparkline, tally
from schemas import topics
from schemas.events import EVENT_NAMES
from schemas.topics import HOUR_MS
from tests.quarantine import quarantined
from validators import ruleset

pytestmark = pytest.mark.unit
RULES = ruleset.load()

Reasons = st.lists(
    st.sampled_from(["malformed", "country_iso", "device_type_known", "not_from_the_future", "long_gone"]),
    min_size=1,
    max_size=3,
    unique=True,
)
Told = st.builds(
    lambda event, reasons, sliced, hour, attempts: told(
        quarantined(event, 0, 0, reasons, sliced=sliced, time_ms=hour * HOUR_MS + 7, attempts=attempts)
    ),
    st.sampled_from(EVENT_NAMES),
    Reasons,
    st.sampled_from([None, "tv|BR|8.1", "tv||"]),
    st.integers(1, 5),
    st.none() | st.integers(1, 3),
)


@given(st.lists(Told, max_size=30))
def test_stats_are_plain_counts(records: list[SetAside]) -> None:
    found = tally(records, RULES).to_json()

    def counts(of: Any) -> dict[Any, int]:
        every = [x for r in records for x in of(r)]
        return {x: every.count(x) for x in every}

    dimensions = {
        "country_iso": "validity",
        "device_type_known": "validity",
        "not_from_the_future": "timeliness",
    }
    assert found["n"] == len(records)
    assert found["event"] == counts(lambda r: [r.event])
    assert found["reason"] == counts(lambda r: r.reasons)
    assert found["dimension"] == counts(lambda r: {dimensions.get(x, NO_RULE) for x in r.reasons})
    assert found["hour_ms"] == counts(lambda r: [r.time_ms - 7])
    assert found["attempts"] == counts(lambda r: [r.attempts])
    assert found["slice"].get("country", {}) == counts(lambda r: [r.slice["country"]] if r.slice else [])
    assert list(found["reason"].values()) == sorted(found["reason"].values(), reverse=True)


def raw_topics(sent: list[tuple[str, int]]) -> MemoryKafka:
    kafka = MemoryKafka({topics.raw(event): 2 for event in EVENT_NAMES})
    for event, time_ms in sent:
        kafka.time_ms = time_ms
        kafka.send(topics.raw(event), b"k", b"v", partition=time_ms % 2)
    return kafka


NONE = dict.fromkeys(EVENT_NAMES, 0)


def test_what_was_read_is_counted_by_time() -> None:
    kafka = raw_topics([("play", t) for t in range(10)] + [("hover", 3)])
    assert read_since(kafka, 0) == NONE | {"play": 10, "hover": 1}
    assert read_since(kafka, 4) == NONE | {"play": 6}


def test_what_was_deleted_is_not_known() -> None:
    kafka = raw_topics([("play", t) for t in range(10)] + [("hover", 9)])
    kafka.forget(topics.raw("play"), 0, 2)  # those at 0 and 2
    assert read_since(kafka, 0)["play"] is None
    assert read_since(kafka, 4)["play"] is None  # one at 4 may have been deleted
    assert read_since(kafka, 6)["play"] == 4
    assert read_since(kafka, 0)["hover"] == 1
    assert read_since(MemoryKafka({}), 0) == dict.fromkeys(EVENT_NAMES, None)
    stats = tally([told(quarantined("hover", 0, 0, ["malformed"]))], RULES)
    assert shares(stats, read_since(kafka, 0)) == dict.fromkeys(EVENT_NAMES, None) | {"hover": 1.0}


@given(st.lists(st.integers(0, 10**6), max_size=50))
def test_a_sparkline_is_as_long_as_its_values_and_grows_with_them(values: list[int]) -> None:
    line = sparkline(values)
    assert len(line) == len(values)
    assert all((bar == " ") == (value == 0) for bar, value in zip(line, values, strict=True))
    pairs = sorted(zip(values, line, strict=True))
    assert [bar for _, bar in pairs] == sorted(line)
