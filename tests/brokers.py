"""A broker of librdkafka's own, for tests of what reads and writes topics."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import Producer


@contextmanager
def a_broker(*topics: str) -> Iterator[tuple[Producer, str]]:
    """A producer that is connected to a broker that lives as long and has those topics, and where that is."""
    made = Producer({"bootstrap.servers": "-", "test.mock.num.brokers": 1, "linger.ms": 0})
    for topic in topics:
        made.list_topics(topic, 10)
    (broker,) = made.list_topics(timeout=10).brokers.values()
    yield made, f"{broker.host}:{broker.port}"
    made.flush(10)
