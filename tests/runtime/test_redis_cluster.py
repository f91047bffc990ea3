"""A real Redis Cluster of three nodes, and a replica: what a reader says is what it says of one Redis."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import redis.asyncio

from features.catalog import READABLE, VIEWS
from features.live import LIVE_KEY, Live
from serving import FeatureReader, ResilientReader
from serving.cluster import AsyncClusterStrings, ClusterStrings
from sinks.memory import MemoryTiles
from sinks.memory_flags import MemoryFlags
from sinks.redis_flags import RedisFlags
from tests.reading import ENTITIES, NOW_MS, SAMPLE, of_view
from tests.stacks import free_ports
from tests.tiles import write_all

pytestmark = pytest.mark.runtime

QUESTIONS: list[Any] = [(view, ENTITIES.get(view.name, ["m1", "m2"])) for view in READABLE]


def server(port: int, folder: Path, *flags: str) -> subprocess.Popen[bytes]:
    found = shutil.which("redis-server")
    assert found
    folder.mkdir()
    command = [found, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder), *flags]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def until(what: Any, seconds: float = 20.0) -> None:
    deadline_s = time.monotonic() + seconds
    while True:
        try:
            if what():
                return
        except (redis.RedisError, subprocess.CalledProcessError) as error:
            last: object = error
        else:
            last = "it is not so"
        assert time.monotonic() < deadline_s, last
        time.sleep(0.1)


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


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, stored: dict[str, bytes]) -> Iterator[int]:
    """A cluster of three, by the port of one of them. The bus of a node is on its port + 10,000."""
    folder, ports = tmp_path_factory.mktemp("cluster"), free_ports(3)
    nodes = [server(p, folder / str(p), "--cluster-enabled", "yes") for p in ports]
    try:
        until(lambda: all(redis.Redis(port=p).ping() for p in ports))
        addresses = [f"127.0.0.1:{p}" for p in ports]
        create = ["redis-cli", "--cluster", "create", *addresses, "--cluster-yes"]
        subprocess.run(create, check=True, stdout=subprocess.DEVNULL)
        until(lambda: all(redis.Redis(port=p).cluster("info")["cluster_state"] == "ok" for p in ports))
        with redis.RedisCluster(host="127.0.0.1", port=ports[0]) as cluster:
            for key, value in stored.items():
                cluster.set(key, value)
        yield ports[0]
    finally:
        for node in nodes:
            node.kill()
            node.wait()


def test_the_keys_of_an_entity_are_on_one_node_and_those_of_all_on_several(
    port: int, stored: dict[str, bytes]
) -> None:
    with redis.RedisCluster(host="127.0.0.1", port=port) as cluster:
        nodes = {key: cluster.get_node_from_key(key).port for key in stored}  # type: ignore[union-attr]
    of_entity = {key[: key.index("}")]: set() for key in stored if "{" in key}
    for key, node in nodes.items():
        if "{" in key:
            of_entity[key[: key.index("}")]].add(node)
    assert all(len(of) == 1 for of in of_entity.values())
    assert len(set(nodes.values())) == 3


def test_every_view_is_read_as_of_one_redis(port: int, expected: list[Any]) -> None:
    with redis.RedisCluster(host="127.0.0.1", port=port) as cluster:
        reader = FeatureReader(ClusterStrings(cluster), RedisFlags(cluster))
        assert [answer.as_dicts() for answer in reader.read_many(QUESTIONS, NOW_MS)] == expected


def test_and_in_a_coroutine(port: int, expected: list[Any]) -> None:
    async def read() -> list[Any]:
        async with redis.asyncio.RedisCluster(host="127.0.0.1", port=port) as cluster:
            reader = ResilientReader(AsyncClusterStrings(cluster), MemoryFlags(), lambda: NOW_MS / 1_000, 5.0)
            return [answer.as_dicts() for answer in await reader.read_many(QUESTIONS, NOW_MS)]

    assert asyncio.run(read()) == expected


def test_a_pointer_that_changes_within_a_read_is_no_mixture(port: int, expected: list[Any]) -> None:
    class Deployed(redis.RedisCluster):
        """A generation takes over after the first look at the pointer."""

        turned = False

        def mget_nonatomic(self, keys: Any, *args: Any) -> Any:
            found = super().mget_nonatomic(keys, *args)
            if not self.turned:
                self.turned = True
                self.set(LIVE_KEY, str(Live(1)))
            return found

    with Deployed(host="127.0.0.1", port=port) as cluster:
        try:
            (found,) = FeatureReader(ClusterStrings(cluster), MemoryFlags()).read_many(QUESTIONS[:1], NOW_MS)
            assert set(found.status) == {"missing"}, "what the new generation has"
        finally:
            cluster.set(LIVE_KEY, str(Live(0)))


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
