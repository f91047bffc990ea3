"""Snapshots of online models in Redis: one hash a model, `hw:model:<name>`, each field a JSON value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import redis

_PREFIX = "hw:model:"
_SCRIPT = (Path(__file__).parent / "models.lua").read_text()


class RedisModels:
    """The newest snapshot of each model. Raises redis.RedisError when Redis cannot be reached."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._script = client.register_script(_SCRIPT)

    def write(self, name: str, generation: int, snapshot: Mapping[str, Any], now_ms: int) -> bool:
        """Publish a snapshot unless one with a greater (generation, version) is there; whether it was.

        Readers see the old one or the new one, whole.
        """
        fields = {**snapshot, "published_at_ms": now_ms}
        pairs = [part for field, value in fields.items() for part in (field, json.dumps(value))]
        return bool(self._script(keys=[_PREFIX + name], args=[generation, snapshot["version"], *pairs]))

    def read(self, name: str) -> dict[str, Any] | None:
        """A snapshot: what was written, with `generation` and `published_at_ms`; None if there is none."""
        held: Any = self._client.hgetall(_PREFIX + name)
        return {field.decode(): json.loads(value) for field, value in held.items()} or None

    def names(self) -> list[str]:
        """The models that were ever published."""
        keys: Any = self._client.scan_iter(match=f"{_PREFIX}*")
        return sorted(key.decode().removeprefix(_PREFIX) for key in keys)
