"""Looking for set-aside records: what headers say, what is chosen, repeats, and reading backwards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import HeadwaterError
from headwater.quarantine.choose import Wanted, chosen, find, newest
from headwater.quarantine.log import MemoryKafka
from headwater.quarantine.record import Held, Source, place_of, told
from schemas import topics
from schemas.events import EVENT_NAMES
from tests.quarantine import quarantined

pytestmark = pytest.mark.unit

QUARANTINES = [topics.quarantine(e) for e in EVENT_NAMES]


def test_a_record_says_what_the_gate_wrote() -> None:
    held = quarantined("hover", 3, 7, ("country_iso", "dwell_in_range"), attempts=2, sliced="tv|BR|8.1")
    record = told(held)
    assert (record.id, record.event, record.attempts) == ("hover/0/0", "hover", 2)
    assert record.reasons == ("country_iso", "dwell_in_range")
    assert record.slice == {"device_type": "tv", "country": "BR", "app_version": "8.1"}
    assert record.source == Source("events.hover", 3, 7, held.time_ms)
    assert place_of(record.id) == (held.topic, held.partition, held.offset)


HEADER = st.sampled_from(["topic", "partition", "offset", "reasons", "slice", "attempts", "ruleset"])


@given(st.dictionaries(HEADER, st.binary(max_size=6) | st.sampled_from([b"-1", b"3", "\u00b2".encode()])))
def test_any_headers_can_be_told(headers: dict[str, bytes]) -> None:
    record = told(replace(quarantined("play", 0, 0, ()), headers=headers))
    assert record.attempts >= 0
    assert record.source is None or record.source.partition >= 0
    assert set(record.slice) in (set(), {"device_type", "country", "app_version"})


@pytest.mark.parametrize("name", ["", "play", "play/0", "play/0/x", "plya/0/1", "play/-1/0", "play/0/1/2"])
def test_what_is_no_id_is_one_line(name: str) -> None:
    with pytest.raises(HeadwaterError, match="is no id of a set-aside record"):
        place_of(name)


REASONS = ("malformed", "country_iso", "oversize")
Arrivals = st.lists(
    st.tuples(st.sampled_from(EVENT_NAMES), st.integers(0, 2), st.sets(st.sampled_from(REASONS), min_size=1)),
    max_size=30,
)


def quarantine_of(arrivals: list[tuple[str, int, set[str]]], back: dict[int, int]) -> tuple[MemoryKafka, Any]:
    """What a gate writes that goes back `back[i]` records behind its i-th, and the records that it read."""
    kafka = MemoryKafka(dict.fromkeys(QUARANTINES, 1))
    read = [
        quarantined(event, partition, offset, sorted(reasons), time_ms=1_000 + offset)
        for offset, (event, partition, reasons) in enumerate(arrivals)
    ]
    written: list[Held] = []
    for i, held in enumerate(read):
        written += [held, *read[max(0, i - back.get(i, 0)) : i + 1]] if i in back else [held]
    for held in written:
        kafka.time_ms = held.time_ms
        kafka.send(held.topic, held.key, held.value, headers=list(held.headers.items()))
    return kafka, read


Backs = st.dictionaries(st.integers(0, 29), st.integers(0, 10), max_size=3)


@given(
    Arrivals,
    Backs,
    st.sampled_from([None, *REASONS]),
    st.sets(st.sampled_from(EVENT_NAMES)),
    st.integers(0, 1_030),
)
def test_each_event_is_chosen_once_whatever_a_restart_wrote_again(
    arrivals: Any, back: dict[int, int], reason: str | None, events: set[str], since_ms: int
) -> None:
    kafka, read = quarantine_of(arrivals, back)
    wanted = Wanted(tuple(events or EVENT_NAMES), reason, since_ms)
    found = [r.source for _, r in chosen(kafka.read(kafka.spans(wanted.topics, since_ms)), wanted)]
    expected = [
        (h.headers["topic"].decode(), int(h.headers["offset"]))
        for h in read
        if h.time_ms >= since_ms
        and (reason is None or reason in h.headers["reasons"].decode().split(","))
        and h.topic.partition(".")[2] in (events or EVENT_NAMES)
    ]
    assert sorted((s.topic, s.offset) for s in found if s) == sorted(expected)


def test_a_topic_that_was_made_anew_has_no_repeats() -> None:
    old = [quarantined("play", 0, offset, ("malformed",), time_ms=5_000 + offset) for offset in range(3)]
    new = [quarantined("play", 0, offset, ("malformed",), time_ms=9_000 + offset) for offset in range(3)]
    assert len(list(chosen([*old, *new, *new], Wanted()))) == 6


@given(Arrivals, Backs, st.integers(1, 12))
def test_the_newest_come_first(arrivals: Any, back: dict[int, int], limit: int) -> None:
    kafka, read = quarantine_of(arrivals, back)
    found = [record.time_ms for record in newest(kafka, Wanted(), limit)]
    assert found == sorted((h.time_ms for h in read), reverse=True)[:limit]


def test_the_newest_are_found_without_reading_all() -> None:
    kafka = Counting(dict.fromkeys(QUARANTINES, 1))
    for offset in range(20_000):
        kafka.time_ms = offset
        reason = "rare" if offset % 1_000 == 0 else "malformed"
        held = quarantined("play", 0, offset, (reason,), time_ms=offset)
        kafka.send(held.topic, held.key, held.value, headers=list(held.headers.items()))
    assert [r.time_ms for r in newest(kafka, Wanted(reason="malformed"), 5)] == [19_999 - i for i in range(5)]
    assert kafka.n < 1_000
    assert [r.time_ms for r in newest(kafka, Wanted(reason="rare"), 3)] == [19_000, 18_000, 17_000]
    assert [r.time_ms for r in newest(kafka, Wanted(reason="rare", since_ms=17_500), 3)] == [19_000, 18_000]
    assert newest(kafka, Wanted(("hover",)), 3) == []


class Counting(MemoryKafka):
    """Counts what is read."""

    n = 0

    def read(self, spans: Any) -> Any:
        for held in super().read(spans):
            self.n += 1
            yield held


def test_a_record_is_found_by_its_id() -> None:
    kafka, read = quarantine_of([("play", 0, {"malformed"}), ("play", 1, {"oversize"})], {})
    assert find(kafka, "play/0/1").headers == read[1].headers
    for missing in ("play/0/2", "play/1/0", "hover/0/0"):
        with pytest.raises(HeadwaterError, match=f"quarantine holds no {missing}"):
            find(kafka, missing)
    kafka.forget("quarantine.play", 0, 1)
    with pytest.raises(HeadwaterError, match="quarantine holds no play/0/0"):
        find(kafka, "play/0/0")
