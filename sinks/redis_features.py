"""Writes tile records to Redis: one Lua call a batch, guarded, with the time to live in the same step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from features.layout import Layout, newest_key
from features.partial import Array

_SCRIPT = (Path(__file__).parent / "tiles.lua").read_text()


#: How long a writer waits for Redis to come back before it fails, and Flink restarts it. Meanwhile the stream
#: waits in Kafka. A Redis that takes connections and does not answer is waited for twenty times as long.
PATIENCE_S = 60


class _Patient(redis.Redis):
    """The client's own `retry` passes over the moment in which it takes or makes a connection."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        return Retry(ConstantBackoff(0.5), 2 * PATIENCE_S).call_with_retry(
            lambda: super(_Patient, self).execute_command(*args, **options),  # type: ignore[no-untyped-call]
            lambda _: None,
        )


def connect(url: str) -> redis.Redis:
    """A client that rides out a restart of Redis of up to PATIENCE_S, be it that it is down right now."""
    return _Patient.from_url(url, socket_timeout=10)


class TileStore(Protocol):
    """Where tile records go."""

    def write(self, layout: Layout, entities: Sequence[str], records: Array, newest_ms: int) -> int:
        """Store each record under its entity unless a newer one is there; how many were stored.

        Holds for repeats and for any order of the writes: what stays is the greatest (tile, n).
        """


class RedisTiles:
    """The tile store of a generation in Redis."""

    def __init__(self, client: redis.Redis, generation: int = 0) -> None:
        self._script, self._generation = client.register_script(_SCRIPT), generation

    def write(self, layout: Layout, entities: Sequence[str], records: Array, newest_ms: int) -> int:
        """Store a batch in one round trip. Raises redis.RedisError when Redis cannot be reached."""
        keys = [*layout.keys(entities, self._generation), newest_key(layout.view, self._generation)]
        args = [records.dtype.itemsize, layout.ring.slots, layout.ttl_s, newest_ms, records.tobytes()]
        return int(self._script(keys=keys, args=args))  # type: ignore[arg-type]
