"""Members to look at: some of those who did something of late."""

from __future__ import annotations

import re
from itertools import islice

import numpy as np
import redis

from features.catalog import VIEWS
from features.layout import layouts
from features.live import LIVE_KEY, Live
from serving import FeatureReader

_VIEW = VIEWS["member_activity"]
_STEP, _MOST_STEPS, _AMONG, _MOST = 1_000, 50, 200, 8
#: A name without escapes.
_MEMBER = re.compile(rb"\{([^}%]+)\}")


def recent(store: redis.Redis) -> list[str]:
    """A few members, those with the newest events first, among as many as a part of the keys tells: to look
    through all would take a large Redis for seconds. Raises redis.RedisError."""
    members = list(islice(_members(store), _AMONG))
    if not members:
        return []
    age_s = FeatureReader(store).read(_VIEW, members).age_s
    return [members[place] for place in np.argsort(age_s, kind="stable")[:_MOST].tolist()]


def _members(store: redis.Redis) -> dict[str, None]:
    generation = Live.parse(store.get(LIVE_KEY)).generation  # type: ignore[arg-type]
    (pattern,) = layouts(_VIEW)[0].keys(["*"], generation)
    found: dict[str, None] = {}
    cursor = 0
    for _ in range(_MOST_STEPS):
        cursor, keys = store.scan(cursor, pattern, _STEP)  # type: ignore[misc]
        found |= {name[1].decode(): None for key in keys if (name := _MEMBER.search(key))}
        if not cursor or len(found) >= _AMONG:
            break
    return found
