"""What Redis holds of one member, to be looked for and removed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set

import redis

from features.layout import entity_text
from features.view import View

#: The column of events that says whose they are.
MEMBER = "member_id"
_BATCH = 1_000
_GLOB = re.compile(r"[*?\[\]\\]")


class RedisMembers:
    """The features of members, whatever the generation, version and ring. Raises redis.RedisError.

    Looking walks through all keys of Redis, once.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def keys(self, member: str, views: Iterable[View]) -> list[bytes]:
        """The keys of a member in those views that are of members, alone or with other columns."""
        text = entity_text([member])
        entities: dict[str, set[tuple[str, ...]]] = {}
        for view in views:
            entities.setdefault(view.name, set()).add(view.entity)
        # What stands in an id stands for itself.
        quoted = _GLOB.sub(r"\\\g<0>", text)
        pattern = f"hw:{{*{quoted}*}}:*"
        found = dict.fromkeys(self._client.scan_iter(pattern, count=_BATCH))
        return [key for key in found if _of(key.decode(errors="replace"), text, entities)]

    def remove(self, keys: list[bytes]) -> int:
        """Delete keys, a little at a time; how many there were."""
        removed = 0
        for start in range(0, len(keys), _BATCH):
            removed += int(self._client.unlink(*keys[start : start + _BATCH]))  # type: ignore[arg-type]
        return removed


def _of(key: str, member: str, entities: Mapping[str, Set[tuple[str, ...]]]) -> bool:
    """Whether a key is of a view by its entities, and one of these is the member."""
    entity, _, rest = key.removeprefix("hw:{").partition("}:")
    view, part, _ = rest.partition(":")
    parts = entity.split("|")
    return bool(part) and any(
        len(parts) == len(columns) and (MEMBER, member) in zip(columns, parts, strict=True)
        for columns in entities.get(view, ())
    )
