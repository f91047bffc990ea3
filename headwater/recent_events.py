"""The raw events of the last while, read without a trace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from flink_jobs.event_log import records_of
from flink_jobs.stretches import between, consumer, ends, lanes, since
from headwater.kafka_client import reaching
from schemas.topics import raw
from validators.gate import Records


@dataclass(frozen=True)
class Recent:
    """`there` records came since, of which the newest `read` are read, in `batches`: of each partition its
    share, each batch in order of its partitions."""

    there: int
    read: int
    batches: Iterator[Records]


@contextmanager
def recent(kafka: str, events: Sequence[str], since_ms: int, limit: int) -> Iterator[Recent]:
    """What producers sent, by ingestion time. HeadwaterError when Kafka does not answer, in the block too."""
    with reaching(kafka), consumer(kafka, "headwater-whatif") as reader:
        of = [lane for event in events for lane in lanes(reader, raw(event))]
        before, first = ends(reader, of), since(reader, dict.fromkeys(of, since_ms))
        counts = {lane: before[lane] - offset for lane, offset in first.items()}
        there = sum(counts.values())
        if there > limit:
            first = {lane: before[lane] - n * limit // there for lane, n in counts.items()}
        read = sum(before[lane] - offset for lane, offset in first.items())
        yield Recent(there, read, map(records_of, between(reader, first, before)))
