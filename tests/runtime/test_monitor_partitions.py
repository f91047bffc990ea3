"""Where times lie in the partitions of a real Kafka, and what the monitor makes of one that falls silent."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from headwater.monitor.arrived import Arrived, Offsets
from headwater.monitor.board import Board
from headwater.monitor.judge import Judge
from headwater.traffic.delivery import wall_ms
from schemas.quality import Alert
from schemas.topics import MINUTE_MS
from validators.watch import catalog

if TYPE_CHECKING:
    from tests.runtime.conftest import Running

pytestmark = pytest.mark.runtime

#: Stamped by the producer, unlike topics of raw events, so that an hour takes no hour.
TOPIC = "partitions_in_an_hour.play"
PARTITIONS, PER_MINUTE, MINUTES = 3, 100, 50
SILENT, SILENT_MINUTES = 1, range(35, 45)


def test_a_partition_that_falls_silent_is_told_from_its_offsets(stack: Running) -> None:
    kafka = stack.endpoints.kafka
    begin_ms = wall_ms() // MINUTE_MS * MINUTE_MS - (MINUTES + 5) * MINUTE_MS
    admin = AdminClient({"bootstrap.servers": kafka})
    admin.create_topics([NewTopic(TOPIC, PARTITIONS)])[TOPIC].result(30)
    # In order of time, also where the first of a partition is tried again: the topic is just being made.
    producer = Producer({"bootstrap.servers": kafka, "enable.idempotence": True})
    for minute in range(MINUTES):
        for partition in range(PARTITIONS):
            if partition != SILENT or minute not in SILENT_MINUTES:
                for place in range(PER_MINUTE):
                    at_ms = begin_ms + minute * MINUTE_MS + place * MINUTE_MS // PER_MINUTE
                    producer.produce(TOPIC, b"event", partition=partition, timestamp=at_ms)
    assert producer.flush(30) == 0

    watches = [watch for watch in catalog.load() if watch.name == "partition_silent"]
    board, judge, told = Board(), Judge(watches, judged_ms=begin_ms), []
    with closing(Offsets(kafka, [TOPIC])) as offsets:
        arrived = Arrived(offsets, watches[0].window_ms)
        for minute in range(1, MINUTES + 1):
            at_ms = begin_ms + minute * MINUTE_MS
            counts = arrived.until(at_ms)
            silent = {SILENT} if minute - 1 in SILENT_MINUTES else set()
            partitions = {str(partition): PER_MINUTE for partition in set(range(PARTITIONS)) - silent}
            assert {count.value: count.n for count in counts} == partitions
            for count in counts:
                board.take(count)
            news = [each for each in judge.minute(board, at_ms) if isinstance(each, Alert)]
            told += [(each.event, each.slice, each.value, each.state) for each in news]
    place = ("play", "partition", str(SILENT))
    assert told == [(*place, "raised"), (*place, "cleared")]
