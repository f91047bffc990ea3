"""The strings of a Redis Cluster, for a `FeatureReader` or, in coroutines, for the others.

The keys of an entity are on one node, by their hash tag; those of a read are on all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import redis
import redis.asyncio

from serving.question import Found


class ClusterStrings:
    """One trip to each node, and one to see that they belong together.

    The first key tells which generation is read; its predecessor is deleted once it has changed. If it is
    another after the read than in it, some nodes may have been asked before and some after, so all are asked
    again. With `read_from_replicas` a value may be as old as the replica is behind: its age tells.
    """

    def __init__(self, cluster: redis.RedisCluster) -> None:
        self._cluster = cluster

    def mget(self, keys: Sequence[str]) -> Found:
        """The strings under the keys. Raises redis.RedisError."""
        while True:
            found: Found = self._cluster.mget_nonatomic(keys)
            if self._cluster.get(keys[0]) == found[0]:
                return found


class AsyncClusterStrings:
    """The same in a coroutine."""

    def __init__(self, cluster: redis.asyncio.RedisCluster) -> None:
        self._cluster = cluster

    async def mget(self, keys: Sequence[str]) -> Found:
        """The strings under the keys. Raises redis.RedisError."""
        while True:
            found: Found = await self._cluster.mget_nonatomic(keys)
            if await self._cluster.get(keys[0]) == found[0]:
                return found
