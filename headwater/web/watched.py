"""One look at the system serves all who watch a page, and nobody looks while nobody watches."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

import orjson

Look = Callable[[], dict[str, Any]]


class Watched:
    """A page's data, looked at every `every_s` in a thread as long as somebody follows."""

    def __init__(self, look: Look, every_s: float) -> None:
        self._look, self._every_s = look, every_s
        self._newest, self._looks = b"", 0
        self._watchers = 0
        self._looking: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._ended = False

    async def now(self) -> bytes:
        """One look, as JSON: the next, or that of those who watch."""
        async with aclosing(self.follow()) as looks:
            return await anext(looks)

    async def follow(self) -> AsyncGenerator[bytes, None]:
        """Each look, as JSON, from the newest on, until it ends. Who is slow misses some, and never gets an
        old one."""
        self._watchers += 1
        try:
            if self._looking is None or self._looking.done():
                self._looks = 0
                self._looking = asyncio.create_task(self._keep_looking())
            seen = 0
            while not (seen and self._ended):
                if self._looks > seen:
                    seen = self._looks
                    yield self._newest
                else:
                    await self._changed.wait()
        finally:
            self._watchers -= 1

    def end(self) -> None:
        """Let all who follow go, once they have had one look."""
        self._ended = True
        self._tell()

    async def _keep_looking(self) -> None:
        while self._watchers:
            began_s = time.monotonic()
            found = await asyncio.to_thread(self._told)
            self._newest, self._looks = found, self._looks + 1
            self._tell()
            # From beginning to beginning, but never without a rest.
            await asyncio.sleep(max(self._every_s / 2, self._every_s + began_s - time.monotonic()))

    def _tell(self) -> None:
        """Wake who waits; who comes then waits for the next."""
        told, self._changed = self._changed, asyncio.Event()
        told.set()

    def _told(self) -> bytes:
        found = self._look() | {"at_ms": time.time_ns() // 1_000_000}
        return orjson.dumps(found, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY)
