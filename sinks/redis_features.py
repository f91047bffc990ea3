"""Writes tiles and lists to Redis: one Lua call a batch, guarded, with the time to live in the same step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from features.layout import Layout, newest_key
from features.listing_layout import ListLayout
from features.partial import Array

_TILES, _LISTS = ((Path(__file__).parent / f"{name}.lua").read_text() for name in ("tiles", "lists"))


#: How long a writer waits for Redis to come back before it fails, and Flink restarts it. Meanwhile the stream
#: waits in Kafka. A Redis that takes connections and does not answer is waited for twenty times as long.
PATIENCE_S = 60
#: How long a look-up waits for Redis, of events that have to go on.
HASTE_S = 0.25


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


def hasty(url: str) -> redis.Redis:
    """A client that would rather have no answer than wait for one. Raises redis.RedisError within HASTE_S."""
    return redis.Redis.from_url(url, socket_timeout=HASTE_S, socket_connect_timeout=HASTE_S)


class TileStore(Protocol):
    """Where tiles and lists go."""

    def write(self, layout: Layout, entities: Sequence[str], records: Array, newest_ms: int) -> int:
        """Store each record under its entity unless a newer one is there; how many were stored.

        Holds for repeats and for any order of the writes: what stays is the greatest (tile, n).
        """

    def write_list(self, layout: ListLayout, entities: Sequence[str], rows: Array) -> int:
        """Put each entry into the list of its entity and tile; how many of them changed it.

        Holds for repeats and for any order of the writes: of the greatest tile of a slot the
        greatest entries stay, one an item.
        """


class RedisTiles:
    """The store of a generation's tiles and lists in Redis."""

    def __init__(self, client: redis.Redis, generation: int = 0) -> None:
        self._tiles, self._lists = map(client.register_script, (_TILES, _LISTS))
        self._generation = generation

    def write(self, layout: Layout, entities: Sequence[str], records: Array, newest_ms: int) -> int:
        """Store a batch in one round trip. Raises redis.RedisError when Redis cannot be reached."""
        keys = [*layout.keys(entities, self._generation), newest_key(layout.view, self._generation)]
        args = [records.dtype.itemsize, layout.ring.slots, layout.ttl_s, newest_ms, records.tobytes()]
        return int(self._tiles(keys=keys, args=args))  # type: ignore[arg-type]

    def write_list(self, layout: ListLayout, entities: Sequence[str], rows: Array) -> int:
        """Store a batch in one round trip. Raises redis.RedisError when Redis cannot be reached."""
        of = layout.of
        args = [of.entry.itemsize, of.item_at, of.kept, of.ring.slots, of.ring.ttl_s, rows.tobytes()]
        return int(self._lists(keys=layout.keys(entities, self._generation), args=args))  # type: ignore[arg-type]
