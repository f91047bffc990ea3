"""Flags of abuse in Redis: which members and devices broke which rule, and when, so that others can pass over
them. A hash for each of them, a field for each rule: the event time of its last violation and until when the
flag stands, in ms.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Protocol
from urllib.parse import unquote

from features.layout import entity_text
from schemas.quality import Violation
from schemas.topics import MINUTE_MS
from sinks.redis_cluster import Cluster
from sinks.redis_quality import minute_key

#: The event time of the last violation, in ms, by rule.
Flags = dict[str, int]

#: Violations are told again after a restart, and in any order. A hash lasts as long as its longest flag.
_FLAG = """
for i, key in ipairs(KEYS) do
  local rule, at_ms, until_ms = ARGV[3 * i - 2], tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local held = redis.call('HGET', key, rule)
  if not held or tonumber(string.match(held, '^%d+')) < at_ms then
    redis.call('HSET', key, rule, ARGV[3 * i - 1] .. '|' .. ARGV[3 * i])
    if redis.call('PEXPIRETIME', key) < until_ms then redis.call('PEXPIREAT', key, ARGV[3 * i]) end
  end
end
"""
_PREFIX, _SUFFIX = "hw:{", "}:flags"


def flags_key(entity: str) -> str:
    """The hash of a member or device; the braces are Redis Cluster's hash tag.

    >>> flags_key("m1")
    'hw:{m1}:flags'
    """
    return _PREFIX + entity_text([entity]) + _SUFFIX


class Hashes(Protocol):
    """What is asked of Redis."""

    def register_script(self, script: str) -> Any:
        """A script to call with keys and args."""

    def pipeline(self, transaction: bool) -> Any:
        """Commands for one round trip."""

    def scan_iter(self, match: str) -> Any:
        """Names of keys."""

    def delete(self, *names: str) -> Any:
        """Forget keys; how many there were."""


class RedisFlags:
    """Flags of members and devices. Everything raises redis.RedisError when Redis cannot be reached."""

    def __init__(self, client: Hashes) -> None:
        self._client = client
        self._script = client.register_script(_FLAG)

    def flag(self, violations: Iterable[Violation], flag_ms: Mapping[str, int]) -> int:
        """Flag the keys of violations of the rules in `flag_ms`, for so long after; how many there were.

        An older violation never takes the place of a newer one.
        """
        ours = [v for v in violations if v.rule in flag_ms]
        if ours:
            each = [([flags_key(v.key)], [v.rule, v.at_ms, v.at_ms + flag_ms[v.rule]]) for v in ours]
            if isinstance(self._client, Cluster):
                self._client.call_each(self._script, each)
            else:
                keys, args = zip(*each, strict=True)
                self._script(keys=[*chain(*keys)], args=[*chain(*args)])
        return len(ours)

    def read(self, entities: Sequence[str], now_ms: int | None = None) -> dict[str, Flags]:
        """The flags that stand of each member or device asked for, in one round trip."""
        now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        pipeline = self._client.pipeline(transaction=False)
        for entity in entities:
            pipeline.hgetall(flags_key(entity))
        return {
            entity: _standing(fields, now_ms)
            for entity, fields in zip(entities, pipeline.execute(), strict=True)
        }

    def watched(self, now_ms: int, within_ms: int) -> bool:
        """Whether a monitor, which flags, has told of any minute that began within a time before."""
        last = now_ms // MINUTE_MS
        keys = [minute_key(minute * MINUTE_MS) for minute in range(last - within_ms // MINUTE_MS, last + 1)]
        pipeline = self._client.pipeline(transaction=False)
        for key in keys:  # One by one: in a cluster each is on a node of its own.
            pipeline.exists(key)
        return any(pipeline.execute())

    def flagged(self) -> list[str]:
        """Every member and device that has a flag, or had one lately. Walks through all keys of Redis."""
        names = (name.decode() for name in self._client.scan_iter(match=f"{_PREFIX}*{_SUFFIX}"))
        return sorted(unquote(name.removeprefix(_PREFIX).removesuffix(_SUFFIX)) for name in names)

    def clear(self, entities: Sequence[str]) -> int:
        """Take the flags of members and devices away; how many of them had any."""
        return int(self._client.delete(*map(flags_key, entities))) if entities else 0


def _standing(fields: Mapping[bytes, bytes], now_ms: int) -> Flags:
    parsed = {rule.decode(): tuple(map(int, value.split(b"|"))) for rule, value in sorted(fields.items())}
    return {rule: at_ms for rule, (at_ms, until_ms) in parsed.items() if until_ms > now_ms}
