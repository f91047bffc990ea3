"""How much is taken on at once: what is too much is refused at once, so that what is taken on stays quick."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.metrics import REFUSED, Metrics
from serving.api.problems import ApiError, response

#: Paths that read; the others are cheap, or are streams that nobody waits for.
LIMITED = ("/features", "/candidates", "/rank", "/models", "/views")


@dataclass(frozen=True)
class Limits:
    """Of one process.

    One is merged while another waits for Redis. More `at_once` would not be quicker, and late for each other:
    what they do is on one processor. `waiting` times the time of one is how long the last of them waits,
    `wait_s` at most.
    """

    at_once: int = 2
    waiting: int = 8
    wait_s: float = 0.05
    body_bytes: int = 1 << 20
    body_s: float = 5.0


class Limited:
    """An app within limits. A request that is refused is not even read."""

    def __init__(self, app: ASGIApp, limits: Limits, metrics: Metrics) -> None:
        self._app, self._limits, self._metrics = app, limits, metrics
        self._slots = asyncio.Semaphore(limits.at_once)
        self._waiting = 0
        busy = ApiError(503, "more is asked than can be answered", remedy="ask again later")
        large = f"the body is above {limits.body_bytes} bytes"
        self._full = response(busy)
        self._large = response(ApiError(413, large, remedy="ask for less at a time"))
        self._slow = response(ApiError(408, f"the body took above {limits.body_s:g} s"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] != "http" or not scope["path"].startswith(LIMITED):
            return await self._app(scope, receive, send)
        if self._waiting >= self._limits.waiting:
            self._metrics.count(REFUSED, "full")
            return await self._full(scope, receive, send)
        try:
            async with asyncio.timeout(self._limits.body_s):
                body = await _read(receive, self._limits.body_bytes)
        except TimeoutError:
            self._metrics.count(REFUSED, "slow")
            return await self._slow(scope, receive, send)
        if body is None:
            self._metrics.count(REFUSED, "large")
            return await self._large(scope, receive, send)
        if not await self._entered():
            self._metrics.count(REFUSED, "full")
            return await self._full(scope, receive, send)
        try:
            return await self._app(scope, _again(body, receive), send)
        finally:
            self._slots.release()

    async def _entered(self) -> bool:
        if not self._slots.locked():
            return await self._slots.acquire()
        if self._waiting >= self._limits.waiting:
            return False
        self._waiting += 1
        try:
            async with asyncio.timeout(self._limits.wait_s):
                return await self._slots.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1


async def _read(receive: Receive, most_bytes: int) -> bytes | None:
    """The body; None of one that is larger. Whoever has gone away sends no more."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > most_bytes:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read, then what comes after it."""
    told: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return told.pop() if told else await receive()

    return received
