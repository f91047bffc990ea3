"""The topic table and the wire format, on a broker that is not ours."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from headwater.runtime.topics import ensure_topics
from headwater.traffic.generate import traffic
from headwater.traffic.population import make_world
from headwater.traffic.producer import KafkaSink
from schemas import topics
from schemas.codec import decode_batch
from schemas.events import EVENT_NAMES, EVENTS
from tests.records import read_all

pytestmark = pytest.mark.containers

NOW_MS = 1_780_000_000_000
LOG_APPEND_TIME = 1


@pytest.fixture(scope="module")
def laid_out(kafka: str) -> str:
    assert ensure_topics(kafka) == (), "a broker of its own has every topic as declared"
    return kafka


def test_what_is_sent_can_be_read_as_it_was_stamped_by_the_broker(laid_out: str) -> None:
    world = make_world(Random(3), members=50, titles=20)
    sink = KafkaSink(laid_out)
    sent: Counter[tuple[str, bytes | None, bytes | None]] = Counter()
    for message in traffic(world, rate_per_s=500, seconds=1, start_ms=NOW_MS, seed=3, fault_rate=0.2):
        sink.send(topics.raw(message.event), message.key, message.value)
        sent[topics.raw(message.event), message.key, message.value] += 1
    sink.flush()

    records = list(read_all(laid_out, map(topics.raw, EVENT_NAMES)))
    assert Counter((r.topic, r.key, r.value) for r in records) == sent
    assert {r.timestamp_type for r in records} == {LOG_APPEND_TIME}
    assert max(len(r.value or b"") for r in records) > topics.MIB, "oversize is ours to judge"
    for event in EVENT_NAMES:
        frames = [r.value for r in records if r.topic == topics.raw(event)]
        decoded = decode_batch(EVENTS[event], frames)
        assert len(decoded.datums) + len(decoded.reasons) == len(frames)
        assert len(decoded.datums) > 10
