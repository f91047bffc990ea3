"""The API over doubles, asked without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import redis

from schemas.titles import Title
from serving import FeatureReader, ModelReader, ResilientReader
from serving.api import Services, create_app
from serving.api.limits import Limits
from serving.candidates import Candidates
from serving.keys import Keys
from serving.popularity import Popularity
from serving.ranker import Ranker
from sinks.memory import MemoryTiles
from sinks.memory_flags import MemoryFlags
from tests.reading import NOW_MS

#: Of who waits for a store that answers at once, on a machine that may be busy.
PATIENCE_S = 60.0


@dataclass
class Redis:
    """Strings that can be asked for in a coroutine, and may go away or be slow."""

    tiles: MemoryTiles
    error: type[Exception] | None = None
    slow_s: float = 0.0
    asked: list[list[str]] = field(default_factory=list)

    async def mget(self, keys: Sequence[str]) -> list[bytes | None]:
        self.asked.append(list(keys))
        await asyncio.sleep(self.slow_s)
        if self.error:
            raise self.error("gone")
        return self.tiles.mget(keys)

    def ping(self) -> None:
        if self.error:
            raise self.error("gone")


class Unpublished:
    """No model was ever published."""

    def head(self, name: str) -> None: ...

    def predictor(self, name: str) -> tuple[None, bytes]:
        return None, b""


def services(store: Redis, now_ms: int = NOW_MS, titles: Mapping[str, Title] | None = None) -> Services:
    """All over one store, at one time."""
    models, reader = ModelReader(Unpublished()), FeatureReader(store.tiles, MemoryFlags())
    popularity = Popularity()
    return Services(
        features=ResilientReader(store, MemoryFlags(), lambda: now_ms / 1_000, PATIENCE_S),
        reader=reader,
        models=models,
        candidates=Candidates(reader, models, popularity),
        ranker=Ranker(reader, models, lambda: titles or {}, popularity),
        titles=lambda: titles or {},
        ping=store.ping,
        now_ms=lambda: now_ms,
    )


@dataclass
class Api:
    """A client of an app."""

    store: Redis = field(default_factory=lambda: Redis(MemoryTiles()))
    keys: Keys | None = None
    limits: Limits | None = None
    titles: Mapping[str, Title] | None = None

    def __post_init__(self) -> None:
        self.app = create_app(services(self.store, titles=self.titles), self.keys, self.limits)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://api")

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self._asked("GET", path, **more)

    def post(self, path: str, body: Any, **more: Any) -> httpx.Response:
        return self._asked("POST", path, json=body, **more)

    def _asked(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with self.client() as client:
                return await client.request(method, path, **more)

        return asyncio.run(ask())


def unreachable(store: Redis) -> None:
    """Nobody answers from now on."""
    store.error = redis.ConnectionError
