"""What a broker holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kafka import KafkaConsumer, TopicPartition


def read_all(kafka: str, names: Iterable[str]) -> Iterator[Any]:
    """Every record that some topics have now, from the first one on."""
    consumer = KafkaConsumer(
        bootstrap_servers=kafka, fetch_max_bytes=50 << 20, max_partition_fetch_bytes=8 << 20
    )
    try:
        partitions = [TopicPartition(n, p) for n in names for p in consumer.partitions_for_topic(n)]
        consumer.assign(partitions)
        ends = consumer.end_offsets(partitions)
        consumer.seek_to_beginning()
        while any(consumer.position(p) < end for p, end in ends.items()):
            for records in consumer.poll(timeout_ms=1_000).values():
                yield from records
    finally:
        consumer.close()
