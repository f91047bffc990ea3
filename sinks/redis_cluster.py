"""A Redis Cluster, used as if it were one Redis: what is on several nodes is asked of each, a trip to each.

The keys of an entity are on one node, by their hash tag; those of a batch are on all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import redis
import redis.asyncio
from redis.commands.core import Script
from redis.crc import key_slot
from redis.exceptions import ClusterDownError, NoScriptError, RedisClusterException

from features.partial import Array

_CLUSTER = "+cluster"
#: Beyond that, patience is for whoever asks.
_ATTEMPTS = {"cluster_error_retry_attempts": 1}


@contextmanager
def _reached() -> Iterator[None]:
    """What redis-py raises of a cluster that does not answer is no redis.RedisError."""
    try:
        yield
    except (RedisClusterException, ClusterDownError) as error:
        raise redis.ConnectionError(str(error)) from error


class Cluster(redis.RedisCluster):
    """What spans nodes is no longer at once.

    A reader's first key tells which generation is read; its predecessor is deleted once it has changed. If it
    is another after the read than in it, some nodes may have been asked before and some after, so all are
    asked again. With `read_from_replicas` a value may be as old as the replica is behind: its age tells.
    """

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """As a Redis: where nobody answers, redis.ConnectionError."""
        with _reached():
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool | None = None, shard_hint: Any = None) -> Any:
        """As a Redis: where nobody answers, redis.ConnectionError."""
        pipe = super().pipeline(transaction, shard_hint)  # type: ignore[no-untyped-call]
        execute = pipe.execute

        def reached(*args: Any, **options: Any) -> Any:
            with _reached():
                return execute(*args, **options)

        pipe.execute = reached
        return pipe

    def mget(self, keys: Any, *args: Any) -> Any:
        """The strings under the keys: one trip to each node, and one to the first key's. Raises
        redis.RedisError."""
        with _reached():
            while True:
                found = self.mget_nonatomic(keys)
                if self.get(keys[0]) == found[0]:
                    return found

    def call_each(self, script: Script, calls: Sequence[tuple[Sequence[str], Sequence[Any]]]) -> list[Any]:
        """What a script answers to each call, of keys (all in one slot) and args: one trip to each node.
        Raises redis.RedisError, when some may have been made."""

        def made() -> list[Any]:
            pipe = self.pipeline()
            for keys, args in calls:
                pipe.execute_command("EVALSHA", script.sha, len(keys), *keys, *args)
            return list(pipe.execute())

        try:
            return made()
        except NoScriptError:
            # To all nodes.
            self.script_load(script.script)
            return made()


class AsyncCluster(redis.asyncio.RedisCluster):
    """The same in a coroutine, for a reader."""

    async def mget(self, keys: Any, *args: Any) -> Any:
        """As `Cluster.mget`."""
        with _reached():
            while True:
                found = await self.mget_nonatomic(keys)
                if await self.get(keys[0]) == found[0]:
                    return found


def by_slot(keys: Sequence[str], rows: Array) -> Iterator[tuple[list[str], bytes]]:
    """The keys of each slot, and the rows in their places, end to end."""
    packed, size = rows.tobytes(), rows.dtype.itemsize
    slots: dict[int, list[int]] = {}
    for place, key in enumerate(keys):
        slots.setdefault(key_slot(key.encode()), []).append(place)
    for places in slots.values():
        yield [keys[n] for n in places], b"".join(packed[n * size : (n + 1) * size] for n in places)


def client_at(url: str, **options: Any) -> redis.Redis:
    """A client of the Redis at a URL, or of a cluster, of which `redis+cluster://host:port` names a node.

    What both can do is the same, so it is called a Redis. Raises ValueError where it is no URL, and, of a
    cluster, redis.RedisError where nobody answers.
    """
    return cluster_at(url, Cluster, **options) if is_cluster(url) else redis.Redis.from_url(url, **options)


def async_client_at(url: str, **options: Any) -> Any:
    """The same, whose commands are coroutines; it connects when it is asked."""
    if not is_cluster(url):
        return redis.asyncio.Redis.from_url(url, **options)
    return AsyncCluster.from_url(_plain(url), **_ATTEMPTS, **options)


def is_cluster(url: str) -> bool:
    """Whether a URL is that of a cluster.

    >>> is_cluster("redis+cluster://redis-1:6379"), is_cluster("redis://redis:6379/0")
    (True, False)
    """
    return url.partition("://")[0].endswith(_CLUSTER)


def cluster_at(url: str, kind: type[Cluster], **options: Any) -> redis.Redis:
    """A client of a cluster, of a kind."""
    with _reached():
        found = kind.from_url(_plain(url), **_ATTEMPTS, **options)  # type: ignore[no-untyped-call]
        return cast(redis.Redis, found)


def _plain(url: str) -> str:
    return url.replace(_CLUSTER, "", 1)
