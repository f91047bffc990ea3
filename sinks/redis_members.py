"""What Redis holds of one member, to be looked for and removed."""

from __future__ import annotations

import re
from collections.abc import Iterable

import redis

from features.layout import entity_text
from features.view import View

#: The column of events that says whose they are.
MEMBER = "member_id"
_BATCH = 1_000
_GLOB = re.compile(r"[*?\[\]\\]")


class RedisMembers:
    """The features of members, whatever the generation, version and ring. Raises redis.RedisError.

    Looking walks through all keys of Redis, once a view.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def keys(self, member: str, views: Iterable[View]) -> list[bytes]:
        """The keys of a member in those views that are of members, alone or with other columns."""
        patterns = dict.fromkeys(_pattern(member, view) for view in views if MEMBER in view.entity)
        return [key for pattern in patterns for key in self._client.scan_iter(pattern, count=_BATCH)]

    def remove(self, keys: list[bytes]) -> int:
        """Delete keys, a little at a time; how many there were."""
        removed = 0
        for start in range(0, len(keys), _BATCH):
            removed += int(self._client.unlink(*keys[start : start + _BATCH]))  # type: ignore[arg-type]
        return removed


def _pattern(member: str, view: View) -> str:
    """The glob of a member's keys in a view. What stands in an id stands for itself."""
    of_member = _GLOB.sub(r"\\\g<0>", entity_text([member]))
    text = "|".join(of_member if column == MEMBER else "*" for column in view.entity)
    return f"hw:{{{text}}}:{view.name}:*"
