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
from headwater.model_orders import by_hand, give
from headwater.traffic.producer import PROMPT_MS, KafkaSink
from online_models.catalog import MODELS
from online_models.published import keeps
from schemas.forgotten import Forgotten
from schemas.topics import FORGOTTEN
from sinks.redis_flags import RedisFlags
from sinks.redis_members import RedisMembers
from sinks.redis_models import RedisModels

#: Within this a running job has taken note of a mark, many times over; only then is deleted what it wrote.
NOTICE_S = 2.0


@dataclass(frozen=True)
class Receipt:
    """What was removed of a member, at what time, and the offset of the mark in `forgotten`.

    `features` are keys of rings, `flags` is 1 if the member had any, and `vectors` are of so many models,
    which were ordered to let go of them. A `mark` of None: nothing was removed, and these are what there is.
    """

    member: str
    at_ms: int
    features: int
    flags: int
    vectors: int
    mark: int | None


def look(client: redis.Redis, member: str, now_ms: int) -> Receipt:
    """What there is of a member now. Raises redis.RedisError."""
    features, flags = RedisMembers(client).keys(member, CATALOG), RedisFlags(client).read([member], 0)
    vectors = _vectors(RedisModels(client), member)
    return Receipt(member, now_ms, len(features), int(bool(flags[member])), vectors, None)


def forget(kafka: str, client: redis.Redis, member: str, now_ms: int, notice_s: float = NOTICE_S) -> Receipt:
    """Mark a member as forgotten, and remove what Redis holds once those who write have taken note.

    May be repeated: the newest mark counts. Raises HeadwaterError, redis.RedisError.
    """
    client.ping()
    offset = _mark(kafka, member, now_ms)
    time.sleep(notice_s)
    members, models = RedisMembers(client), RedisModels(client)
    vectors = _vectors(models, member)
    removed = members.remove(members.keys(member, CATALOG))
    # Whether or not a vector is published: it may have been learnt since.
    published = ((name, models.read(name)) for name in MODELS)
    give(kafka, [by_hand(name, told, "forget", now_ms, "", member) for name, told in published if told])
    return Receipt(member, now_ms, removed, RedisFlags(client).clear([member]), vectors, offset)


def _vectors(models: RedisModels, member: str) -> int:
    """How many models have published something that they keep for a member alone."""
    published = ((declared, models.predictor(name)[1]) for name, declared in MODELS.items())
    return sum(keeps(declared, packed, member) for declared, packed in published if packed)


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
