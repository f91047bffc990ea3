"""Topics become files: from where the folder ends to where Kafka does now, partition after partition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from confluent_kafka import Consumer, Message, TopicPartition

from flink_jobs.stretches import PATIENCE_S, Lane, between, offset_of
from headwater.archive.folder import Folder
from headwater.archive.tables import table_of, times_ms
from headwater.errors import HeadwaterError
from schemas.topics import HOUR_MS

#: A file ends with so many records, or bytes in memory, or with its hour.
FILE_RECORDS, FILE_BYTES = 500_000, 256 << 20
#: For the reader's client: at the end of a partition the broker would have it wait, and the next one with it.
HASTY = {"fetch.wait.max.ms": 10}


class Kept(NamedTuple):
    """A file that was written; or, with none, records that Kafka deleted before anybody kept them."""

    lane: Lane
    records: int = 0
    size_bytes: int = 0
    lost: int = 0


class _Part(NamedTuple):
    """Records that follow one another, and the hour in ms to which they belong."""

    hour_ms: int
    first: int
    last: int
    table: pa.Table


def lanes_of(reader: Consumer, topics: Sequence[str]) -> list[Lane]:
    """The partitions of topics. Raises HeadwaterError for one that there is not, KafkaException."""
    there = reader.list_topics(timeout=PATIENCE_S).topics
    if missing := [topic for topic in topics if topic not in there]:
        raise HeadwaterError(f"Kafka has no topic {', '.join(missing)}", "create them: headwater up")
    return [(topic, partition) for topic in topics for partition in sorted(there[topic].partitions)]


def keep(reader: Consumer, folder: Folder, lane: Lane) -> Iterator[Kept]:
    """Write what a partition holds by now and the folder does not, a file at each step.

    Raises KafkaException or TimeoutError where the broker does not answer, OSError, HeadwaterError.
    """
    low, end = reader.get_watermark_offsets(TopicPartition(*lane), PATIENCE_S)
    first = folder.next.setdefault(lane, low)
    if first > end:
        problem = f"{lane[0]}/{lane[1]} ends at {end}, and {folder.root} has it up to {first} already"
        raise HeadwaterError(problem, "it is another log: name another folder")
    if low > first:
        folder.next[lane] = low
        yield Kept(lane, lost=low - first)
    for parts in _files(_parts(between(reader, {lane: max(low, first)}, {lane: end}))):
        hour = datetime.fromtimestamp(parts[0].hour_ms / 1_000, UTC).strftime("%Y-%m-%dT%H")
        records = pa.concat_tables([part.table for part in parts])
        size = folder.write(lane, parts[0].first, parts[-1].last, hour, records)
        yield Kept(lane, len(records), size)


def _parts(batches: Iterable[list[Message]]) -> Iterator[_Part]:
    """Batches as tables, cut where an hour of ingestion begins. What came out of order stays with the newest
    hour before it, so that the records of a file follow one another."""
    newest_ms: Any = 0
    for batch in batches:
        ms = np.maximum.accumulate([newest_ms, *times_ms(batch)])[1:]
        newest_ms, hours = ms[-1], ms // HOUR_MS
        for start, stop in pairwise([0, *(np.flatnonzero(np.diff(hours)) + 1).tolist(), len(batch)]):
            of = batch[start:stop]
            yield _Part(int(hours[start]) * HOUR_MS, offset_of(of[0]), offset_of(of[-1]), table_of(of))


def _files(parts: Iterable[_Part]) -> Iterator[list[_Part]]:
    """Parts that make a file."""
    gathered: list[_Part] = []
    for part in parts:
        full = sum(len(p.table) for p in gathered) >= FILE_RECORDS
        full = full or sum(p.table.nbytes for p in gathered) >= FILE_BYTES
        if gathered and (full or part.hour_ms != gathered[0].hour_ms):
            yield gathered
            gathered = []
        gathered.append(part)
    if gathered:
        yield gathered
