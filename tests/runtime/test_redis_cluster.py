"""A real Redis Cluster of three nodes, and a replica: what a reader says is what it says of one Redis."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import redis

from features.catalog import READABLE, VIEWS
from features.live import LIVE_KEY, Live
from serving import FeatureReader, ResilientReader
from sinks.memory import MemoryTiles
from sinks.memory_flags import MemoryFlags
from sinks.redis_cluster import Cluster, async_client_at, cluster_at
from sinks.redis_flags import RedisFlags
from tests.clusters import server, until
from tests.reading import ENTITIES, NOW_MS, SAMPLE, of_view
from tests.stacks import free_ports
from tests.tiles import write_all

pytestmark = pytest.mark.runtime

QUESTIONS: list[Any] = [(view, ENTITIES.get(view.name, ["m1", "m2"])) for view in READABLE]


@pytest.fixture(scope="module")
def stored() -> dict[str, bytes]:
    """Every string of every view, by its key."""
    tiles = MemoryTiles()
    for view in VIEWS.values():
        write_all(tiles, view, of_view(view, SAMPLE))
    return {key: bytes(value) for key, value in tiles._strings.items()}


@pytest.fixture(scope="module")
def expected() -> list[Any]:
    tiles = MemoryTiles()
    for view in VIEWS.values():
        write_all(tiles, view, of_view(view, SAMPLE))
    answers = FeatureReader(tiles, MemoryFlags()).read_many(QUESTIONS, NOW_MS)
    return [answer.as_dicts() for answer in answers]


@pytest.fixture
def filled(client: Any, stored: dict[str, bytes]) -> Any:
    """All strings of all views."""
    client.mset_nonatomic(stored)
    return client


def test_the_keys_of_an_entity_are_on_one_node_and_those_of_all_on_several(
    client: Any, stored: dict[str, bytes]
) -> None:
    nodes = {key: client.get_node_from_key(key).port for key in stored}
    of_entity = {key[: key.index("}")]: set() for key in stored if "{" in key}
    for key, node in nodes.items():
        if "{" in key:
            of_entity[key[: key.index("}")]].add(node)
    assert all(len(of) == 1 for of in of_entity.values())
    assert len(set(nodes.values())) == 3


def test_every_view_is_read_as_of_one_redis(filled: Any, expected: list[Any]) -> None:
    found = FeatureReader(filled).read_many(QUESTIONS, NOW_MS)
    assert [answer.as_dicts() for answer in found] == expected


def test_and_in_a_coroutine(cluster: str, filled: Any, expected: list[Any]) -> None:
    async def read() -> list[Any]:
        async with async_client_at(cluster) as strings:
            reader = ResilientReader(strings, MemoryFlags(), lambda: NOW_MS / 1_000, 5.0)
            return [answer.as_dicts() for answer in await reader.read_many(QUESTIONS, NOW_MS)]

    assert asyncio.run(read()) == expected


def test_a_pointer_that_changes_within_a_read_is_no_mixture(cluster: str, filled: Any) -> None:
    class Deployed(Cluster):
        """A generation takes over after the first look at the pointer."""

        turned = False

        def mget_nonatomic(self, keys: Any, *args: Any) -> Any:
            found = super().mget_nonatomic(keys, *args)
            if not self.turned:
                self.turned = True
                self.set(LIVE_KEY, str(Live(1)))
            return found

    with cluster_at(cluster, Deployed) as deployed:
        (found,) = FeatureReader(deployed, MemoryFlags()).read_many(QUESTIONS[:1], NOW_MS)
        assert set(found.status) == {"missing"}, "what the new generation has"


def test_a_replica_is_read_like_its_primary(
    tmp_path: Path, stored: dict[str, bytes], expected: list[Any]
) -> None:
    primary, replica = free_ports(2)
    servers = [
        server(primary, tmp_path / "primary", "--repl-diskless-sync-delay", "0"),
        server(replica, tmp_path / "replica", "--replicaof", f"127.0.0.1 {primary}"),
    ]
    try:
        with redis.Redis(port=primary) as writes, redis.Redis(port=replica) as reads:
            until(writes.ping)
            writes.mset(stored)  # type: ignore[arg-type]
            until(lambda: reads.dbsize() == len(stored))
            reader = FeatureReader(reads, RedisFlags(reads))
            assert [answer.as_dicts() for answer in reader.read_many(QUESTIONS, NOW_MS)] == expected
    finally:
        for each in servers:
            each.kill()
            each.wait()
