"""A Redis client for commands: quick to say that nobody answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from headwater.errors import HeadwaterError
from sinks.redis_cluster import client_at


@contextmanager
def answering(url: str) -> Iterator[None]:
    """What redis raises in the block becomes a HeadwaterError."""
    try:
        yield
    except redis.RedisError as error:
        raise HeadwaterError(
            f"Redis at {url} (HEADWATER_REDIS) does not answer ({error})", "headwater up"
        ) from None


@contextmanager
def client(url: str) -> Iterator[redis.Redis]:
    """A client to use and to close; a HeadwaterError when Redis does not answer."""
    try:
        with answering(url):
            found = client_at(url, socket_timeout=5, socket_connect_timeout=2)
    except ValueError as error:
        raise HeadwaterError(f"HEADWATER_REDIS is {url!r}", str(error).lower()) from None
    try:
        with answering(url):
            yield found
    finally:
        found.close()
