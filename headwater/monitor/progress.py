"""How far the jobs are that the monitor builds on: whether a minute has been counted to its end."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Protocol

from confluent_kafka import Consumer, TopicPartition

from flink_jobs.stretches import PATIENCE_S, Lane, Places, consumer, ends, lane_of, lanes, offset_of, since
from headwater.kafka_client import answering
from headwater.positions import AUDIT, GATE, READS

#: What must have read a minute: the gate, and then the audit.
_JOBS = (GATE, AUDIT)


class Progress(Protocol):
    """What a monitor asks before it judges a minute."""

    def counted(self, until_ms: int) -> bool:
        """Whether all that was ingested before has been judged by the gate and counted by the audit."""


class Committed:
    """Progress as the jobs commit it to Kafka at their checkpoints, when what they wrote is there."""

    def __init__(self, kafka: str) -> None:
        self._kafka, self._open = kafka, ExitStack()
        # A consumer of a job's group reads what the job has committed; it never joins.
        self._readers = {job: self._open.enter_context(consumer(kafka, job)) for job in _JOBS}

    def counted(self, until_ms: int) -> bool:
        """Whether both jobs have committed all records with a timestamp before. Raises HeadwaterError."""
        with answering(self._kafka):
            return all(_reached(reader, READS[job], until_ms) for job, reader in self._readers.items())

    def close(self) -> None:
        """Close the connections."""
        self._open.close()


def _reached(reader: Consumer, names: Sequence[str], until_ms: int) -> bool:
    of = [lane for name in names for lane in lanes(reader, name)]
    wanted = first_at(reader, of, until_ms)
    committed = reader.committed([TopicPartition(*lane) for lane in of], PATIENCE_S)
    # Below 0 where nothing was committed yet.
    return all(max(offset_of(done), 0) >= wanted[lane_of(done)] for done in committed)


def first_at(reader: Consumer, of: Sequence[Lane], at_ms: int) -> Places:
    """The first offset of each partition with a timestamp from then on; its end where nothing came later."""
    found = since(reader, dict.fromkeys(of, at_ms))
    return found | ends(reader, [lane for lane in of if lane not in found])
