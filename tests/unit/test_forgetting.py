"""Whoever asked to be forgotten: what is found of them, and what is never written again."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.catalog import VIEWS
from features.duration import parse_ms
from features.layout import entity_text, layouts, newest_key
from features.view import View
from flink_jobs import feature_writer, shared_forgotten
from flink_jobs.feature_writer import FeatureWriter
from flink_jobs.live_forgotten import LiveForgotten, marks
from flink_jobs.options import Options
from schemas.forgotten import Forgotten, read
from serving import FeatureReader
from sinks.memory import MemoryTiles
from sinks.redis_members import MEMBER, RedisMembers
from tests.doubles import MemoryTopic
from tests.gallery import EVERY
from tests.reading import NOW_MS, event
from tests.tiles import rows_of

MEMBERS = VIEWS["member_activity"]
BY_COUNTRY = replace(MEMBERS, name="member_by_country", entity=("country", MEMBER, "device_type"))
TITLES = VIEWS["title_engagement"]
FORGETTING = (BY_COUNTRY, *VIEWS.values())
FIVE = Forgotten(5).to_json()
#: What means something in a glob, a key or an escape, and what is a part of another id.
IDS = ["m1", "m", "m11", "m*", "m?", "m[1]", "m\\1", "m1|x", "m%7C", "{m1}", "x:y", "*", "mé"]
views_of_members = pytest.mark.parametrize(
    "view",
    [v for v in EVERY.values() if v.entity == (MEMBER,) and "plays" in {f.name for f in v.features}],
    ids=lambda view: view.name,
)


@pytest.mark.runtime
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(IDS) | st.text("m1*?[]\\|{}%:", min_size=1, max_size=4), st.sampled_from(IDS))
def test_exactly_the_keys_of_a_member_are_found(client: redis.Redis, member: str, other: str) -> None:
    client.flushall()
    theirs: set[bytes] = set()
    for generation in (7, 8):
        for view in (MEMBERS, replace(MEMBERS, version=2), BY_COUNTRY):
            for who in {member, other}:
                parts = [who if column == MEMBER else "BR" for column in view.entity]
                for key in (lay.keys([entity_text(parts)], generation)[0] for lay in layouts(view)):
                    client.set(key, b"x")
                    if who == member:
                        theirs.add(key.encode())
        for elsewhere in (
            layouts(TITLES)[0].keys([entity_text([member])], generation)[0],
            layouts(BY_COUNTRY)[0].keys([entity_text([member, f"not {member}", member])], generation)[0],
            newest_key(MEMBERS, generation),
        ):
            client.set(elsewhere, b"x")
    before: Any = client.dbsize()
    store = RedisMembers(client)
    found = store.keys(member, FORGETTING)
    assert set(found) == theirs
    assert len(found) == len(theirs)
    assert (store.remove(found), store.remove(found), store.remove([])) == (len(theirs), 0, 0)
    assert client.dbsize() == before - len(theirs)


@pytest.mark.unit
@pytest.mark.parametrize(
    "value", [b"", b"{", b"[]", b"{}", b'{"at_ms": "1"}', b'{"at_ms": -1}', b'{"at_ms": true}']
)
def test_a_mark_that_tells_no_time_is_passed_over(value: bytes) -> None:
    with pytest.raises(ValueError, match=r"give|JSON"):
        read(b"m1", value)
    records = [(b"m1", FIVE), (b"m1", value), (None, FIVE), (b"", FIVE)]
    assert marks(MemoryTopic.keyed(records).written()) == {"m1": 5}


@pytest.mark.unit
def test_the_last_mark_of_a_member_counts_and_can_be_taken_away() -> None:
    records = [(b"m1", FIVE), (b"m2", FIVE), (b"m1", Forgotten(9).to_json())]
    assert marks(MemoryTopic.keyed(records).written()) == {"m1": 9, "m2": 5}
    assert marks(MemoryTopic.keyed([*records, (b"m1", None), (b"m3", None)]).written()) == {"m2": 5}


@pytest.mark.unit
def test_a_running_job_hears_of_a_mark() -> None:
    topic = MemoryTopic()
    live = LiveForgotten(topic)
    live.start()
    starts_ms = np.array([4, 6, 4])
    assert live.keeps(["m1", "m1", "m2"], starts_ms) is None
    topic.add(FIVE, b"m1")
    for _ in range(400):
        kept = live.keeps(["m1", "m1", "m2"], starts_ms)
        if kept is not None:
            break
        time.sleep(0.01)
    live.stop()
    assert kept is not None
    assert kept.tolist() == [False, True, True]
    assert live.keeps(["m2", "m3"], starts_ms[:2]) is None


def written(view: View, forgotten: dict[str, int], events: list[Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The store after the job's own writers were given the tiles of all events, as pandas hands them over."""
    tiles = MemoryTiles()
    topic = MemoryTopic.keyed((m.encode(), Forgotten(at).to_json()) for m, at in forgotten.items())
    monkeypatch.setattr(feature_writer, "connect", lambda url: None)
    monkeypatch.setattr(feature_writer, "RedisTiles", lambda client, generation: tiles)
    monkeypatch.setattr(shared_forgotten, "KeptTopic", lambda kafka, name: topic)
    for layout in layouts(view):
        writer = FeatureWriter(layout, Options())
        writer.open(None)
        if rows := rows_of(layout, events):
            columns = (pd.Series(list(column)) for column in zip(*rows, strict=True))
            assert writer.eval(*columns).tolist() == [True] * len(rows)
        writer.close()
    return tiles


@pytest.mark.unit
def test_all_writers_of_a_process_follow_together_until_the_last_has_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[Counted] = []

    class Counted(MemoryTopic):
        def __init__(self, kafka: str, name: str) -> None:
            super().__init__()
            self.closed = 0
            opened.append(self)

        def close(self) -> None:
            self.closed += 1

    def threads() -> int:
        return sum(thread.name == "headwater-forgotten" for thread in threading.enumerate())

    monkeypatch.setattr(feature_writer, "connect", lambda url: None)
    monkeypatch.setattr(feature_writer, "RedisTiles", lambda client, generation: MemoryTiles())
    monkeypatch.setattr(shared_forgotten, "KeptTopic", Counted)
    every = [layout for view in VIEWS.values() for layout in layouts(view)]
    every.sort(key=lambda layout: MEMBER not in layout.view.entity)  # those of members come first
    for _ in range(2):
        opened.clear()
        writers = [FeatureWriter(layout, Options()) for layout in every]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda writer: writer.open(None), writers))
        assert (len(opened), threads()) == (1, 1)
        for writer in writers[1:]:
            writer.close()
        assert (opened[0].closed, threads()) == (0, 1)
        writers[0].close()
        assert (opened[0].closed, threads()) == (1, 0)


@pytest.mark.unit
def test_a_topic_that_cannot_be_read_is_asked_for_again_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    topics = iter([None, MemoryTopic()])

    def topic(kafka: str, name: str) -> MemoryTopic:
        found = next(topics)
        if found is None:
            raise TimeoutError
        return found

    monkeypatch.setattr(shared_forgotten, "KeptTopic", topic)
    shared = shared_forgotten.SharedForgotten()
    with pytest.raises(TimeoutError):
        shared.join("k")
    assert shared.join("k") is shared.join("k")
    shared.leave("k")
    shared.leave("k")


times = st.integers(NOW_MS - 86_400_000, NOW_MS)


@pytest.mark.unit
@views_of_members
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    events=st.lists(st.tuples(st.sampled_from(["m1", "m2"]), times), max_size=12),
    at_ms=times | st.sampled_from([NOW_MS // 1_800_000 * 1_800_000, NOW_MS]),
)
def test_only_what_happens_from_the_next_tile_on_is_written(
    view: View, events: list[tuple[str, int]], at_ms: int
) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        sent = [event("play", at, member_id=member) for member, at in events]
        tiles = written(view, {"m1": at_ms}, sent, monkeypatch)
        found = FeatureReader(tiles).read(view, ["m1", "m2"], NOW_MS)
        for window, tile in view.windows.items():
            tile_ms = parse_ms(tile)
            oldest = NOW_MS // tile_ms - parse_ms(window) // tile_ms + 1
            for i, member in enumerate(("m1", "m2")):
                after_ms = at_ms if member == "m1" else -1
                expected = sum(
                    at // tile_ms >= oldest and at // tile_ms * tile_ms > after_ms
                    for who, at in events
                    if who == member
                )
                assert found.values[f"plays_{window}"][i] == expected, (window, tile, member)


@pytest.mark.unit
def test_views_of_others_do_not_ask_whom_to_forget(monkeypatch: pytest.MonkeyPatch) -> None:
    tiles = written(TITLES, {"m1": NOW_MS, "t1": NOW_MS}, [event("play", NOW_MS)], monkeypatch)
    assert FeatureReader(tiles).read(TITLES, ["t1"], NOW_MS).values["plays_1m"].tolist() == [1]
