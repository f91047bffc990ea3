"""Writes tiles and lists to Redis: one Lua call a batch, guarded, with the time to live in the same step.

In a cluster nearly each entity is in a slot of its own, and a batch on all nodes: there it is a call a slot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import redis
from redis.backoff import ConstantBackoff
from redis.commands.core import Script
from redis.retry import Retry

from features.layout import Layout, newest_key
from features.listing_layout import ListLayout
from features.partial import Array
from sinks.redis_cluster import Cluster, by_slot, client_at, cluster_at, is_cluster

T = TypeVar("T")
_TILES, _LISTS = ((Path(__file__).parent / f"{name}.lua").read_text() for name in ("tiles", "lists"))


#: How long a writer waits for Redis to come back before it fails, and Flink restarts it. Meanwhile the stream
#: waits in Kafka. A Redis that takes connections and does not answer is waited for twenty times as long.
PATIENCE_S = 60
#: How long a look-up waits for Redis, of events that have to go on.
HASTE_S = 0.25


def _patiently(asked: Callable[[], T]) -> T:
    """The client's own `retry` passes over the moment in which it takes or makes a connection."""
    return Retry(ConstantBackoff(0.5), 2 * PATIENCE_S).call_with_retry(asked, lambda _: None)


class _Patient(redis.Redis):
    def execute_command(self, *args: Any, **options: Any) -> Any:
        return _patiently(
            lambda: super(_Patient, self).execute_command(*args, **options)  # type: ignore[no-untyped-call]
        )


class _PatientCluster(Cluster):
    def execute_command(self, *args: Any, **options: Any) -> Any:
        return _patiently(lambda: super(_PatientCluster, self).execute_command(*args, **options))

    def call_each(self, script: Script, calls: Sequence[tuple[Sequence[str], Sequence[Any]]]) -> list[Any]:
        return _patiently(lambda: super(_PatientCluster, self).call_each(script, calls))


def connect(url: str) -> redis.Redis:
    """A client that rides out a restart of Redis of up to PATIENCE_S, be it that it is down right now."""
    if is_cluster(url):
        return _patiently(lambda: cluster_at(url, _PatientCluster, socket_timeout=10))
    return _Patient.from_url(url, socket_timeout=10)


def hasty(url: str) -> redis.Redis:
    """A client that would rather have no answer than wait for one. Raises redis.RedisError within HASTE_S."""
    return client_at(url, socket_timeout=HASTE_S, socket_connect_timeout=HASTE_S)


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
    """The store of a generation's tiles and lists in Redis; in a cluster if its client is a `Cluster`."""

    def __init__(self, client: redis.Redis, generation: int = 0) -> None:
        self._client = client
        self._tiles, self._lists = map(client.register_script, (_TILES, _LISTS))
        self._generation = generation

    def write(self, layout: Layout, entities: Sequence[str], records: Array, newest_ms: int) -> int:
        """Store a batch in one round trip, in a cluster to each node. Raises redis.RedisError when Redis
        cannot be reached."""
        keys, newest = layout.keys(entities, self._generation), newest_key(layout.view, self._generation)
        args = [records.dtype.itemsize, layout.ring.slots, layout.ttl_s, newest_ms]
        return self._call(self._tiles, keys, args, records, newest)

    def write_list(self, layout: ListLayout, entities: Sequence[str], rows: Array) -> int:
        """Store a batch in one round trip. Raises redis.RedisError when Redis cannot be reached."""
        of, keys = layout.of, layout.keys(entities, self._generation)
        args = [of.entry.itemsize, of.item_at, of.kept, of.ring.slots, of.ring.ttl_s]
        return self._call(self._lists, keys, args, rows)

    def _call(self, script: Script, keys: Sequence[str], args: Sequence[Any], rows: Array, *more: str) -> int:
        """How many rows were written, each under the key in its place; `more` is a key of no row."""
        if not isinstance(self._client, Cluster):
            return int(script(keys=[*keys, *more], args=[*args, rows.tobytes()]))
        calls = [*by_slot(keys, rows), *(([key], b"") for key in more)]
        return sum(self._client.call_each(script, [(of_slot, [*args, packed]) for of_slot, packed in calls]))
