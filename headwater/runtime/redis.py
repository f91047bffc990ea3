"""The local Redis, on the loopback address only."""

from __future__ import annotations

from headwater.runtime import tools
from headwater.runtime.part import Part
from headwater.runtime.paths import Paths
from headwater.runtime.ports import LOOPBACK, Port
from headwater.settings import Settings


def url(settings: Settings) -> str:
    return f"redis://{LOOPBACK}:{settings.redis_port}/0"


def answers(address: str) -> bool:
    """Whether a Redis at this URL answers; one that still loads its file does not."""
    from redis import RedisError

    from sinks.redis_cluster import client_at

    try:
        with client_at(address, socket_timeout=2, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except (RedisError, ValueError):
        return False


def options(settings: Settings, paths: Paths) -> dict[str, str]:
    """Redis's settings in its own names: https://redis.io/docs/latest/operate/oss_and_stack/management/config/

    Append-only file, written every second: a job that resumes from its checkpoint does not write again what
    it wrote before it, so features that Redis lost would stay lost until their entity is seen again.
    """
    return {
        "bind": LOOPBACK,
        "port": str(settings.redis_port),
        "dir": str(paths.data("redis")),
        "logfile": str(paths.log("redis")),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        # Losing features silently is worse than a write that fails loudly.
        "maxmemory-policy": "noeviction",
    }


def part(settings: Settings, paths: Paths) -> Part:
    def command() -> list[str]:
        flags = [(f"--{name}", value) for name, value in options(settings, paths).items()]
        return [tools.REDIS.path(), *(word for flag in flags for word in flag)]

    return Part(
        name="redis",
        service="redis",
        ports=(Port("redis_port", settings.redis_port),),
        settings={"redis_port": settings.redis_port},
        prepare=lambda: paths.data("redis").mkdir(parents=True, exist_ok=True),
        command=command,
        ready=lambda _: answers(url(settings)),
    )
