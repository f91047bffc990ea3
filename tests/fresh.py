"""Empty stores of features, in memory or in Redis, and what stands in them."""

from __future__ import annotations

import redis

from sinks.memory import MemoryTiles
from sinks.redis_features import RedisTiles
from tests.tiles import Store


class Fresh:
    """A kind of store, and how to read it."""

    def __init__(self, client: redis.Redis | None) -> None:
        self._client = client

    def __call__(self) -> Store:
        """An empty store."""
        if self._client is None:
            self._memory = MemoryTiles()
            return self._memory
        self._client.flushall()
        return RedisTiles(self._client)

    def mget(self, keys: list[str]) -> list[bytes | None]:
        """What stands under the keys in the last one made."""
        if self._client is None:
            return self._memory.mget(keys)
        found: list[bytes | None] = self._client.mget(keys)  # type: ignore[assignment]
        return found
