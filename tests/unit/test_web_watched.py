"""One look serves all who watch, and nobody looks while nobody watches."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest
from fastapi.responses import StreamingResponse

from headwater.errors import HeadwaterError
from headwater.web.gathered import gathered
from headwater.web.streams import Streams
from headwater.web.watched import Watched

pytestmark = pytest.mark.unit

EVERY_S = 0.01


class Looks:
    """Tells how often it was looked."""

    def __init__(self) -> None:
        self.n = 0

    def __call__(self) -> dict[str, Any]:
        self.n += 1
        return {"n": self.n}


async def take(stream: AsyncGenerator[bytes, None], most: int) -> list[int]:
    async with aclosing(stream) as looks:
        found: list[int] = []
        async for text in looks:
            found.append(json.loads(text)["n"])
            if len(found) == most:
                break
    return found


def test_all_who_watch_share_each_look() -> None:
    async def run() -> tuple[list[list[int]], int]:
        looks = Looks()
        watched = Watched(looks, EVERY_S)
        found = await asyncio.gather(*(take(watched.follow(), 5) for _ in range(20)))
        return found, looks.n

    found, looked = asyncio.run(run())
    assert all(each == [1, 2, 3, 4, 5] for each in found)
    assert looked <= 6


def test_nobody_looks_while_nobody_watches() -> None:
    async def run() -> tuple[int, int, int]:
        looks = Looks()
        watched = Watched(looks, EVERY_S)
        unwatched = looks.n
        await take(watched.follow(), 2)
        await asyncio.sleep(5 * EVERY_S)
        left = looks.n
        await asyncio.sleep(10 * EVERY_S)
        return unwatched, left, looks.n

    unwatched, left, later = asyncio.run(run())
    assert unwatched == 0
    assert later == left


def test_who_comes_back_gets_a_new_look_and_not_the_one_of_before() -> None:
    async def run() -> list[int]:
        watched = Watched(Looks(), EVERY_S)
        first = await take(watched.follow(), 1)
        await asyncio.sleep(5 * EVERY_S)
        return first + await take(watched.follow(), 1)

    first, again = asyncio.run(run())
    assert again > first


def test_who_is_slow_misses_looks_and_gets_the_newest() -> None:
    async def run() -> list[int]:
        watched = Watched(Looks(), EVERY_S)
        found = []
        async with aclosing(watched.follow()) as looks:
            for _ in range(2):
                found.append(json.loads(await anext(looks))["n"])
                await asyncio.sleep(20 * EVERY_S)
        return found

    first, second = asyncio.run(run())
    assert second > first + 2


def test_at_the_end_all_who_follow_are_let_go_and_who_comes_later_has_one_look() -> None:
    async def run() -> tuple[list[list[int]], list[int]]:
        watched = Watched(Looks(), every_s=60)
        followed = [asyncio.create_task(take(watched.follow(), 9)) for _ in range(3)]
        await watched.now()
        watched.end()
        return await asyncio.wait_for(asyncio.gather(*followed), 5), await take(watched.follow(), 9)

    followed, later = asyncio.run(run())
    assert (followed, later) == ([[1]] * 3, [1])


def test_streams_end_and_those_that_are_asked_for_later_too() -> None:
    async def run() -> tuple[list[bytes], list[bytes]]:
        streams, watched = Streams(), Watched(Looks(), every_s=60)

        async def all_of(page: Watched) -> list[bytes]:
            answer = await streams.looked(page, stream=True)
            assert isinstance(answer, StreamingResponse)
            return [chunk async for chunk in answer.body_iterator if isinstance(chunk, bytes)]

        open_one = asyncio.create_task(all_of(watched))
        await watched.now()
        streams.end()
        return await asyncio.wait_for(open_one, 5), await all_of(Watched(Looks(), every_s=60))

    for told in asyncio.run(run()):
        assert [json.loads(text.removeprefix(b"data: "))["n"] for text in told] == [1]


def test_a_look_does_not_hold_up_the_server() -> None:
    held, running = threading.Event(), threading.Event()

    def look() -> dict[str, Any]:
        running.set()
        held.wait(5)
        return {"n": 1}

    async def run() -> list[int]:
        asked = asyncio.create_task(take(Watched(look, EVERY_S).follow(), 1))
        while not running.is_set():
            await asyncio.sleep(0.001)
        held.set()
        return await asked

    assert asyncio.run(run()) == [1]


def test_a_part_that_cannot_be_told_leaves_the_others_and_says_why() -> None:
    def down() -> None:
        raise HeadwaterError("no Flink answers", "headwater up")

    def wrong() -> None:
        raise KeyError("of_old")

    found = gathered({"jobs": down, "models": wrong, "views": lambda: [1]})
    assert (found["jobs"], found["models"], found["views"]) == (None, None, [1])
    assert found["problems"] == {"jobs": "no Flink answers: headwater up", "models": "KeyError: 'of_old'"}


def test_parts_are_asked_side_by_side() -> None:
    met = threading.Barrier(3)
    assert gathered({str(n): lambda: met.wait(5) is not None for n in range(3)})["problems"] == {}
