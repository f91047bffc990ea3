"""The monitor on real Kafka, Redis and Flink: an hour in which every play was rejected for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka import Producer

from features.live import DEGRADED_KEY, LIVE_KEY, Live
from headwater import jobs
from headwater.consumers import models_of
from headwater.monitor.run import LOOK_BACK_MS, monitor
from headwater.positions import AUDIT, GATE
from headwater.runtime.flink_rest import FlinkRest
from headwater.traffic.delivery import wall_ms
from schemas import topics
from schemas.quality import Alert, Condition, Count
from schemas.topics import MINUTE_MS
from serving import FeatureReader
from sinks.redis_features import connect
from tests.meanwhile import meanwhile
from tests.receiver import Receiver
from tests.records import read_all

if TYPE_CHECKING:
    from tests.runtime.conftest import Running

pytestmark = [pytest.mark.runtime, pytest.mark.soak]

PATIENCE_S = 60.0
RULE = "rejected_share"


def tell(kafka: str, first: int, minutes: int, rejected: int) -> None:
    """Counts of plays, of minutes from so many ago on."""
    producer = Producer({"bootstrap.servers": kafka})
    now_ms = wall_ms() // MINUTE_MS * MINUTE_MS
    for ago in range(first, first - minutes, -1):
        for verdict, n in (("valid", 1_000 - rejected), ("rejected", rejected)):
            count = Count(now_ms - ago * MINUTE_MS, "play", "all", "", verdict, "", n)
            producer.produce(topics.COUNTS, count.to_json())
    assert producer.flush(30) == 0


def once(look: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_rule_gone_wrong_degrades_what_it_feeds_stops_the_gate_and_is_told(stack: Running) -> None:
    where = stack.endpoints
    for name in (GATE, AUDIT):
        jobs.ensure_running(stack.settings, where, name, print)
    with Receiver() as receiver, closing(connect(where.redis)) as redis:
        settings = stack.settings.model_copy(update={"alert_webhook": receiver.url, "pause_on": RULE})

        def degraded() -> bool:
            return set(FeatureReader(redis).read("title_engagement", ["t1"]).status) == {"degraded"}

        redis.delete("hw:quality:state")
        redis.set(LIVE_KEY, str(Live(1)), nx=True)
        tell(where.kafka, LOOK_BACK_MS // MINUTE_MS - 2, 20, rejected=10)
        tell(where.kafka, LOOK_BACK_MS // MINUTE_MS - 22, 36, rejected=1_000)
        with meanwhile(lambda ended: monitor(settings, where, print, ended.is_set)):
            once(degraded)
            once(lambda: not FlinkRest(where.flink).running(GATE))
            once(lambda: any(alert.rule == RULE for alert in receiver.taken))
        assert redis.ttl(DEGRADED_KEY) > 0  # type: ignore[operator]

    told = [Alert.from_json(r.value) for r in read_all(where.kafka, [topics.ALERTS]) if r.value]
    assert receiver.taken == told
    broken = [Condition.from_json(r.value) for r in read_all(where.kafka, [topics.CONDITIONS]) if r.value]
    assert [(c.name, c.open, c.models) for c in broken if c.name == f"{RULE}/play"] == [
        (f"{RULE}/play", True, tuple(sorted(models_of("play"))))
    ]
