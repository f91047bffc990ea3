"""Forgetting a member: the mark in the log, then what Redis holds."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass

import redis

from features.catalog import CATALOG
from flink_jobs.kept_topic import KeptTopic
from headwater.errors import HeadwaterError
from headwater.kafka_client import reaching
from headwater.traffic.producer import PROMPT_MS, KafkaSink
from schemas.forgotten import Forgotten
from schemas.topics import FORGOTTEN
from sinks.redis_flags import RedisFlags
from sinks.redis_members import RedisMembers

#: Within this a running job has taken note of a mark, many times over; only then is deleted what it wrote.
NOTICE_S = 2.0


@dataclass(frozen=True)
class Receipt:
    """What was removed of a member, at what time, and the offset of the mark in `forgotten`.

    `features` are keys of rings, `flags` is 1 if the member had any. A `mark` of None: nothing was removed,
    and these are what there is.
    """

    member: str
    at_ms: int
    features: int
    flags: int
    mark: int | None


def look(client: redis.Redis, member: str, now_ms: int) -> Receipt:
    """What there is of a member now. Raises redis.RedisError."""
    features, flags = RedisMembers(client).keys(member, CATALOG), RedisFlags(client).read([member], 0)
    return Receipt(member, now_ms, len(features), int(bool(flags[member])), None)


def forget(kafka: str, client: redis.Redis, member: str, now_ms: int, notice_s: float = NOTICE_S) -> Receipt:
    """Mark a member as forgotten, and remove what Redis holds once those who write have taken note.

    May be repeated: the newest mark counts. Raises HeadwaterError, redis.RedisError.
    """
    client.ping()
    offset = _mark(kafka, member, now_ms)
    time.sleep(notice_s)
    members = RedisMembers(client)
    removed = members.remove(members.keys(member, CATALOG))
    return Receipt(member, now_ms, removed, RedisFlags(client).clear([member]), offset)


def _mark(kafka: str, member: str, now_ms: int) -> int:
    key, value = member.encode(), Forgotten(now_ms).to_json()
    with reaching(kafka):
        sink = KafkaSink(kafka, PROMPT_MS, (FORGOTTEN,))
        sink.send(FORGOTTEN, key, value)
        sink.flush()
        with closing(KeptTopic(kafka, FORGOTTEN)) as topic:
            found = [r.version for r in topic.written() if (r.key, r.value) == (key, value)]
    if not found:
        raise HeadwaterError(f"the mark of {member!r} is not in the topic {FORGOTTEN}", "run it again")
    return found[-1]
