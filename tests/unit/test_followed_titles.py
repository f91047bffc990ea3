"""A server knows the titles of now, and does not wait for a Kafka that is not there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from flink_jobs.kept_topic import Written
from headwater.errors import HeadwaterError
from headwater.followed_titles import FollowedTitles, LateTopic
from schemas.titles import Title
from tests.doubles import MemoryTopic

pytestmark = pytest.mark.unit

ONE, OTHER = Title("a", ("crime",), 60_000), Title("b", ("love",))


class Late(MemoryTopic):
    """Cannot be read at first."""

    failures = 2
    closed = False

    def written(self) -> list[Written]:
        if self.failures:
            self.failures -= 1
            raise HeadwaterError("no Kafka answers", "headwater up")
        return super().written()

    def close(self) -> None:
        self.closed = True


def until(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.001)


def test_titles_come_and_go_as_they_are_told_once_there_is_a_broker() -> None:
    topic = Late.keyed([(b"a", ONE.to_json())])
    followed = FollowedTitles(topic, again_s=0.001)
    assert followed() == {}

    async def live() -> None:
        async with followed.within(None):
            until(lambda: followed() == {"a": ONE})
            before = followed()
            topic.add(OTHER.to_json(), b"b")
            until(lambda: followed() == {"a": ONE, "b": OTHER})
            topic.add(b"{", b"b")
            topic.add(None, b"a")
            until(lambda: followed() == {"b": OTHER})
            assert before == {"a": ONE}, "who ranks by it goes on with it"

    asyncio.run(live())
    topic.add(None, b"b")
    time.sleep(0.05)
    assert followed() == {"b": OTHER}, "nobody follows any more"
    assert topic.closed


def test_where_nobody_answers_nothing_is_known_and_nobody_waits() -> None:
    followed = FollowedTitles(LateTopic("127.0.0.1:1"))
    began_s = time.monotonic()
    followed.start()
    assert followed() == {}
    followed.stop()
    assert time.monotonic() - began_s < 10
