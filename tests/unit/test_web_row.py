"""A row is what the ranker says; what is played in it are sound events, and only our own pages send them."""

from __future__ import annotations

import asyncio
import time
from fnmatch import fnmatch
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from features.catalog import VIEWS
from headwater.errors import HeadwaterError
from headwater.runtime.endpoints import Endpoints
from headwater.settings import Settings
from headwater.traffic.delivery import MemorySink
from headwater.web.members import recent
from headwater.web.plays import TOPICS, Plays, watched
from headwater.web.routes import add
from headwater.web.row import Row
from schemas.events import EVENTS
from schemas.titles import Title
from serving.offers import Viewer
from sinks.memory import MemoryTiles
from tests.pages import Catalogue, quarantine
from tests.rows import doubled
from tests.tiles import write_all
from tests.viewers import event
from validators.inspect import example_frame, inspect
from validators.ruleset import load

pytestmark = pytest.mark.unit

VIEWER = Viewer("m1", "m1-p1", "tv", "US")
PLAY = {"member": "m1", "country": "US", "device": "tv", "title": "t24", "rank": 0}
ROW = httpx.Request("GET", "http://localhost/live/row?member=m1")


def play(change: dict[str, Any] | None = None, **headers: str) -> httpx.Request:
    return httpx.Request(
        "POST", "http://localhost/live/row/play", json=PLAY | (change or {}), headers=headers
    )


def ask(row: Row, *requests: httpx.Request, only_here: bool = True) -> list[httpx.Response]:
    """The answers of its routes, in order."""
    app = FastAPI()
    add(app, {}, Catalogue(), quarantine(), row, only_here)

    async def run() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            return [await client.send(request) for request in requests]

    return asyncio.run(run())


def test_a_row_is_ranked_and_explained() -> None:
    found = doubled()[0].look(VIEWER)
    assert found["problems"] == {}
    assert (found["members"], found["playable"]) == (["m00001", "m00002"], True)
    row = found["row"]
    assert [t["title_id"] for t in row["titles"]][:1] == ["t24"]
    assert len(row["titles"]) == 20
    assert row["titles"][0]["genres"] == ["crime", "love"]
    assert row["titles"][0]["why"] == ("popular here",)
    assert (row["member"], row["titles_known"]) == ("m1", 24)
    assert row["models"] == {"take": "fresh", "completion": "fresh", "next_title": "missing"}
    assert doubled()[0].look(None)["row"] is None


def test_members_that_were_there_of_late_are_offered_the_newest_first() -> None:
    class Store(MemoryTiles):
        def get(self, key: str) -> bytes | None:
            return self.mget([key])[0]

        def scan(self, cursor: int, pattern: str, count: int) -> tuple[int, list[bytes]]:
            return 0, [key.encode() for key in self._strings if fnmatch(key, pattern)]

    store, now_ms = Store(), time.time_ns() // 1_000_000
    assert recent(store) == []  # type: ignore[arg-type]
    seen = [("early", 50), ("late", 5), ("odd|{%}", 1), ("long ago", 100_000)]
    events = [event("play", 0, member, "t1")[1] | {"event_time": now_ms - s * 1_000} for member, s in seen]
    write_all(store, VIEWS["member_activity"], [("play", record) for record in events])
    assert recent(store) == ["late", "early", "long ago"]  # type: ignore[arg-type]


def test_what_is_played_leaves_the_row_and_others_move_up() -> None:
    row, sink = doubled()
    before = [t["title_id"] for t in row.look(VIEWER)["row"]["titles"]]
    told = row.play(VIEWER, before[0], 0)
    deadline_s = time.monotonic() + 20
    while before[0] in (after := [t["title_id"] for t in row.look(VIEWER)["row"]["titles"]]):
        assert time.monotonic() < deadline_s
    assert len(after) == 20
    assert {*before[1:]} < {*after}
    assert [record["event_id"] for _, record in sink.sent] == told["events"]
    assert sink.sent[-1][1]["event_time"] == told["at_ms"]


@pytest.mark.parametrize(
    "title", [Title("t1", ("crime",), 5_400_000), Title("new"), Title("short", (), 60_000)]
)
def test_what_is_sent_breaks_no_rule_and_counts_as_finished(title: Title) -> None:
    play, pause = watched(VIEWER, title, 3, time.time_ns() // 1_000_000, "s1")
    rules = load().rules
    for name, record in (("play", play), ("pause", pause)):
        given = {field: value for field, value in record.items() if value is not None}
        frame = example_frame(EVENTS[name], (given | {"ingestion_time": record["event_time"]},))
        assert not inspect(rules[name], frame).failed.any(), name
    assert pause["position_ms"] >= 0.9 * pause["runtime_ms"]
    assert pause["event_time"] > play["event_time"]
    assert (play["row"], play["rank"]) == (0, 3)
    assert play["event_id"] != pause["event_id"]


def test_a_kafka_that_fails_is_connected_to_anew() -> None:
    class Failing(MemorySink):
        def flush(self) -> None:
            raise HeadwaterError("Kafka did not take every message", "run again")

    sinks: list[MemorySink] = [Failing(), MemorySink()]
    plays = Plays(lambda: sinks.pop(0))
    with pytest.raises(HeadwaterError):
        plays.send(VIEWER, Title("t1"), 0, 1)
    plays.send(VIEWER, Title("t1"), 0, 1)
    plays.send(VIEWER, Title("t2"), 0, 1)
    assert sinks == []


def test_only_our_own_page_sends() -> None:
    row, sink = doubled()
    # A form of another site can send plain text without asking the server first.
    form = httpx.Request("POST", play().url, content=play().content, headers={"Content-Type": "text/plain"})
    answers = ask(
        row,
        play(Origin="http://evil.example"),
        play(Origin="null"),
        play(Host="evil.example", Origin="http://evil.example"),
        form,
        play(Origin="http://localhost"),
        play(),
    )
    assert [answer.status_code for answer in answers] == [403, 403, 421, 422, 200, 200]
    assert len(sink.sent) == 4


def test_where_others_reach_the_server_nothing_is_sent() -> None:
    row, _ = doubled(playable=False)
    refused, shown = ask(row, play(), ROW, only_here=False)
    assert refused.status_code in (404, 405)
    assert shown.json()["playable"] is False


@pytest.mark.parametrize(
    ("field", "value"),
    [("member", ""), ("country", "usa"), ("device", "fridge"), ("title", ""), ("rank", -1), ("rank", 201)],
)
def test_what_would_be_set_aside_is_not_sent(field: str, value: Any) -> None:
    row, sink = doubled()
    (answer,) = ask(row, play({field: value}))
    assert (answer.status_code, sink.sent) == (422, [])


def test_without_kafka_or_redis_it_says_so() -> None:
    nowhere = Endpoints("127.0.0.1:1", "redis://127.0.0.1:1/0", "http://127.0.0.1:1")
    row = Row.of(Settings(), nowhere, dict, playable=True)
    found = row.look(VIEWER)
    assert (found["members"], found["row"]) == (None, None)
    assert {"headwater up" in problem for problem in found["problems"].values()} == {True}
    (answer,) = ask(row, play())
    assert (answer.status_code, "no Kafka answers" in answer.json()["problem"]) == (503, True)
    assert {topic.partition(".")[2] for topic in TOPICS} == {"play", "pause"}
