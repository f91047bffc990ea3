"""How far the jobs are that the monitor builds on: whether a minute has been counted to its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from confluent_kafka import Consumer, KafkaException, TopicPartition

from headwater.errors import HeadwaterError
from schemas import topics
from schemas.events import EVENT_NAMES

_PATIENCE_S = 10.0
#: What each job must have read of a minute, by the name of its consumer group.
_READS = {
    "validate_events": tuple(map(topics.raw, EVENT_NAMES)),
    "audit_streams": (*map(topics.valid, EVENT_NAMES), *map(topics.quarantine, EVENT_NAMES)),
}


class Progress(Protocol):
    """What a monitor asks before it judges a minute."""

    def counted(self, until_ms: int) -> bool:
        """Whether all that was ingested before has been judged by the gate and counted by the audit."""


class Committed:
    """Progress as the jobs commit it to Kafka at their checkpoints, when what they wrote is there."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka
        self._readers = {
            group: (Consumer({"bootstrap.servers": kafka, "group.id": group}), names)
            for group, names in _READS.items()
        }

    def counted(self, until_ms: int) -> bool:
        """Whether both jobs have committed all records with a timestamp before. Raises HeadwaterError."""
        try:
            return all(_reached(reader, names, until_ms) for reader, names in self._readers.values())
        except KafkaException as error:
            raise HeadwaterError(
                f"Kafka at {self._kafka} (HEADWATER_KAFKA) does not answer ({error.args[0]})",
                "start it: headwater up",
            ) from None

    def close(self) -> None:
        """Close the connections."""
        for reader, _ in self._readers.values():
            reader.close()


def _reached(reader: Consumer, names: Sequence[str], until_ms: int) -> bool:
    there = reader.list_topics(timeout=_PATIENCE_S).topics
    places = [TopicPartition(name, p, until_ms) for name in names for p in there[name].partitions]
    wanted = reader.offsets_for_times(places, _PATIENCE_S)
    committed = reader.committed([TopicPartition(at.topic, at.partition) for at in places], _PATIENCE_S)
    return all(
        # Below 0: nothing came later, so that all there is is wanted; nothing was committed yet.
        max(done.offset, 0) >= (at.offset if at.offset >= 0 else _end(reader, at))
        for at, done in zip(wanted, committed, strict=True)
    )


def _end(reader: Consumer, at: TopicPartition) -> int:
    return int(reader.get_watermark_offsets(TopicPartition(at.topic, at.partition), _PATIENCE_S)[1])
