"""Whom to leave out: the members and devices that rules over many events have flagged."""

from __future__ import annotations

from collections.abc import Sequence

from sinks.redis_flags import Flags, Hashes, RedisFlags


def flags(redis: Hashes, entities: Sequence[str], now_ms: int | None = None) -> dict[str, Flags]:
    """Of each member or device the rules that flag it, and the event time in ms when each was last broken.

    Empty for one that is not flagged as of `now_ms` (default: the clock). One round trip. Raises
    redis.RedisError when Redis cannot be reached.
    """
    return RedisFlags(redis).read(entities, now_ms)
