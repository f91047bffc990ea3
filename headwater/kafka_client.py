"""Kafka for commands and the monitor: where it is not there, one line says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import KafkaException

from headwater.errors import HeadwaterError
from headwater.runtime.topics import reachable


@contextmanager
def answering(kafka: str) -> Iterator[None]:
    """What confluent_kafka raises in the block becomes a HeadwaterError."""
    try:
        yield
    except (KafkaException, TimeoutError) as error:
        raise HeadwaterError(
            f"Kafka at {kafka} (HEADWATER_KAFKA) does not answer ({error})",
            "start it with `headwater up`, or name the address of yours",
        ) from None


@contextmanager
def reaching(kafka: str) -> Iterator[None]:
    """As `answering`, but looks for an open port first: without one a client would wait for long."""
    if not reachable(kafka):
        raise HeadwaterError(f"no Kafka answers at {kafka} (HEADWATER_KAFKA)", "headwater up")
    with answering(kafka):
        yield
