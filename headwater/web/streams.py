"""Streams of pages: nobody who follows one ends it, so it is told when the server ends."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from types import FrameType
from weakref import WeakSet

from fastapi.responses import Response, StreamingResponse

from headwater.web.answers import HEADERS
from headwater.web.watched import Watched


class Streams:
    """The server-sent events of an app."""

    def __init__(self) -> None:
        self._followed: WeakSet[Watched] = WeakSet()
        self._ended = False

    async def looked(self, page: Watched, stream: bool) -> Response:
        """One look at a page, or all that follow."""
        if not stream:
            return Response(await page.now(), media_type="application/json", headers=HEADERS)
        self._followed.add(page)
        if self._ended:
            page.end()
        return StreamingResponse(_events(page), media_type="text/event-stream", headers=HEADERS)

    def end(self) -> None:
        """Let all that are open end, and of those that are yet asked for give one look."""
        self._ended = True
        for page in self._followed:
            page.end()

    @contextmanager
    def ended_by_signals(self) -> Iterator[None]:
        """Within a loop: they end as soon as a signal ends the server, which would wait for them first, and
        tell the app only then. Another thread than the main one gets no signals."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()

        def told(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.end)
            server = before[number]
            if callable(server):
                server(number, frame)

        before = {int(number): signal.signal(number, told) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


async def _events(page: Watched) -> AsyncIterator[bytes]:
    """JSON of orjson is one line."""
    async with aclosing(page.follow()) as looks:
        async for found in looks:
            yield b"data: " + found + b"\n\n"
