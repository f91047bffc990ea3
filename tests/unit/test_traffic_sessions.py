"""The stream of sessions: exact in number, the same for the same seed, and each session possible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.traffic.population import World, make_world
from headwater.traffic.sessions import Event, events
from headwater.traffic.sitting import MADE
from schemas.codec import Record
from schemas.events import EVENTS

pytestmark = pytest.mark.unit

START_MS = 1_780_000_000_000
WORLD = make_world(Random(1), members=400, titles=200)


def stream(
    world: World = WORLD, rate: int = 500, seconds: int = 20, seed: int = 3, only: Sequence[str] = MADE
) -> list[Event]:
    return list(events(world, rate, seconds, START_MS, seed, only))


@settings(max_examples=40, deadline=None)
@given(
    rate=st.integers(1, 300),
    seconds=st.integers(1, 5),
    seed=st.integers(0, 2**40),
    members=st.integers(1, 30),
)
def test_any_rate_gives_exactly_its_events_within_its_seconds(
    rate: int, seconds: int, seed: int, members: int
) -> None:
    found = stream(make_world(Random(seed), members, titles=5), rate, seconds, seed)
    times = [record["event_time"] for _, record in found]
    assert len(found) == rate * seconds
    assert times == sorted(times)
    assert all(
        START_MS + 1000 * n // rate <= t <= START_MS + 1000 * (n + 1) / rate for n, t in enumerate(times)
    )
    assert len({record["event_id"] for _, record in found}) == len(found)


def test_the_same_seed_gives_the_same_events_and_another_gives_others() -> None:
    assert stream(make_world(Random(1), 400, 200)) == stream()
    assert stream(seed=4) != stream()


def test_every_record_has_the_fields_of_its_schema() -> None:
    for event, record in stream():
        assert record.keys() == {column.name for column in EVENTS[event].columns}


def test_all_types_come_in_a_realistic_mix() -> None:
    found = Counter(event for event, _ in stream(rate=2_000))
    total = found.total()
    expected = {"hover": 0.35, "play": 0.14, "pause": 0.14, "search": 0.07}
    more = {"impression": 0.16, "playback_health": 0.09, "seek": 0.03, "rating": 0.01, "session_end": 0.025}
    assert found.keys() == set(MADE)
    assert {event: n / total for event, n in found.items()} == pytest.approx(expected | more, abs=0.02)


def test_only_those_types_are_told_that_are_asked_for() -> None:
    found = stream(rate=200, only=("rating", "search"))
    assert len(found) == 200 * 20
    assert {event for event, _ in found} == {"rating", "search"}


def test_a_seek_begins_at_the_pause_and_the_next_play_where_it_ends() -> None:
    before: dict[str, tuple[str, Record]] = {}
    kinds = Counter[str]()
    for event, record in stream():
        kind, last = before.get(record["session_id"], ("", {}))
        if event == "seek" and last:
            assert (kind, last["position_ms"]) == ("pause", record["from_ms"])
            kinds[record["kind"]] += 1
        if kind == "seek":
            assert (event, record["position_ms"]) == ("play", last["to_ms"])
        before[record["session_id"]] = event, record
    assert min(kinds[kind] for kind in ("skip", "rewind", "fast_forward")) > 20


def test_a_pause_follows_a_play_of_the_same_title_at_a_later_position() -> None:
    playing: dict[str, Record] = {}
    pauses = 0
    for event, record in stream():
        before = playing.pop(record["session_id"], None)
        assert (event == "pause") == (before is not None), "a play ends by a pause, and nothing else does"
        if event == "play":
            playing[record["session_id"]] = record
        if event == "pause":
            assert before is not None
            pauses += 1
            same = ("title_id", "runtime_ms", "member_id", "profile_id", "device_id")
            assert [before[c] for c in same] == [record[c] for c in same]
            assert 0 <= before["position_ms"] <= record["position_ms"] <= record["runtime_ms"]
    assert pauses > 1_000


def test_a_session_ends_once_and_nothing_comes_after() -> None:
    ended: Counter[str] = Counter()
    for event, record in stream():
        assert not ended[record["session_id"]]
        ended[record["session_id"]] += event == "session_end"
    assert ended.total() > 100


def test_some_titles_are_finished_and_some_resumed() -> None:
    found = stream()
    assert any(e == "pause" and r["position_ms"] == r["runtime_ms"] for e, r in found)
    assert any(e == "play" and r["position_ms"] > 0 for e, r in found)


def test_a_member_is_in_one_session_at_a_time() -> None:
    order: dict[str, list[str]] = {}
    for _, record in stream(seconds=60):
        sessions = order.setdefault(record["member_id"], [])
        if not sessions or sessions[-1] != record["session_id"]:
            sessions.append(record["session_id"])
    assert all(len(set(sessions)) == len(sessions) for sessions in order.values())
    assert any(len(sessions) > 1 for sessions in order.values())


def test_demand_is_zipf_like() -> None:
    views = Counter(WORLD.shelf.pick(Random(seed)).title_id for seed in range(20_000))
    first, tenth = views["t00001"], views["t00010"]
    assert first / tenth == pytest.approx(10, rel=0.3)


def test_people_are_up_in_their_own_evening() -> None:
    hour_ms = 3_600_000
    day = START_MS // (24 * hour_ms) * 24 * hour_ms

    def share(country: str, utc_hour: int) -> float:
        found = list(events(make_world(Random(1), 5_000, 50), 200, 5, day + utc_hour * hour_ms, 1))
        return sum(r["country"] == country for _, r in found) / len(found)

    assert share("JP", 12) > 2 * share("JP", 19)
    assert share("GB", 20) > 2 * share("GB", 4)
