"""Snapshots of online models in Redis: what is told of a model, and what predicts.

`hw:model:{<name>}` is a hash, each field a JSON value. `hw:predictor:{<name>}` is a string of bytes, apart
from it, since who lists models reads all hashes. Both change in one step: in a cluster they are on one node.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import redis

#: How often a job writes, at most: one that catches up makes many snapshots a second. Live there is one for
#: each second of event time; a little less than that, so that none of them has to wait.
EVERY_S = 0.9

_PREFIX, _PREDICTOR, _SUFFIX = "hw:model:{", "hw:predictor:{", "}"
_WRITE = (Path(__file__).parent / "models.lua").read_text()
_READ = "return {redis.call('HMGET', KEYS[1], unpack(ARGV)), redis.call('GET', KEYS[2])}"
#: By these a snapshot is told from others, and its age and standing are known.
_HEAD = ["generation", "version", "digest", "learnt_until_ms", "published_at_ms", "frozen"]


class RedisModels:
    """The newest snapshot of each model. Raises redis.RedisError when Redis cannot be reached."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._write, self._read = map(client.register_script, (_WRITE, _READ))

    def write(
        self, name: str, generation: int, snapshot: Mapping[str, Any], predictor: bytes, now_ms: int
    ) -> bool:
        """Publish a snapshot unless one with a greater (generation, version) is there; whether it was.

        Readers see the old one or the new one, whole.
        """
        fields = {**snapshot, "published_at_ms": now_ms}
        pairs = [part for field, value in fields.items() for part in (field, json.dumps(value))]
        return bool(self._write(keys=_keys(name), args=[generation, snapshot["version"], predictor, *pairs]))

    def read(self, name: str) -> dict[str, Any] | None:
        """A snapshot: what was written, with `generation` and `published_at_ms`; None if there is none."""
        held: Any = self._client.hgetall(_keys(name)[0])
        return {field.decode(): json.loads(value) for field, value in held.items()} or None

    def head(self, name: str) -> dict[str, Any] | None:
        """Of a snapshot only what tells it from others, its age, and `frozen` if it says so."""
        return _head(self._client.hmget(_keys(name)[0], _HEAD))

    def predictor(self, name: str) -> tuple[dict[str, Any] | None, bytes]:
        """The head of a snapshot, and what predicts of the same; nothing where there is none."""
        found: Any = self._read(keys=_keys(name), args=_HEAD)
        head, packed = found
        return (_head(head), packed) if packed is not None else (None, b"")

    def names(self) -> list[str]:
        """The models that were ever published."""
        keys: Any = self._client.scan_iter(match=f"{_PREFIX}*{_SUFFIX}")
        return sorted(key.decode().removeprefix(_PREFIX).removesuffix(_SUFFIX) for key in keys)


def _keys(name: str) -> list[str]:
    return [_PREFIX + name + _SUFFIX, _PREDICTOR + name + _SUFFIX]


def _head(values: Any) -> dict[str, Any] | None:
    told = {name: json.loads(value) for name, value in zip(_HEAD, values, strict=True) if value is not None}
    return told or None
