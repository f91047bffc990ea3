"""What an archive of judged events lacks yet, read from Kafka."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from confluent_kafka import Consumer, TopicPartition

from flink_jobs.stretches import PATIENCE_S, between
from headwater.archive.folder import ends_of
from headwater.archive.keeping import lanes_of
from headwater.archive.tables import judged
from headwater.errors import HeadwaterError
from schemas.events import EVENTS
from schemas.topics import event_of, valid

#: More than this is for files, not for memory.
MOST = 2_000_000


@dataclass(frozen=True)
class Tail:
    """The events that came since, a table for each type; and how many more Kafka has deleted already."""

    tables: dict[str, pa.Table]
    lost: int

    @property
    def records(self) -> int:
        """How many there are."""
        return sum(len(table) for table in self.tables.values())


def tail(reader: Consumer, root: Path, events: Collection[str]) -> Tail:
    """What came until now and is not in the archive at `root`. Raises HeadwaterError where that is too much,
    KafkaException or TimeoutError where the broker does not answer.
    """
    of = lanes_of(reader, [valid(event) for event in events])
    marks = {lane: reader.get_watermark_offsets(TopicPartition(*lane), PATIENCE_S) for lane in of}
    # Asked later than Kafka: no record is in neither.
    held = ends_of(root)
    first = {lane: max(low, held.get(lane, low)) for lane, (low, _) in marks.items()}
    end = {lane: end for lane, (_, end) in marks.items()}
    lacking = sum(max(0, end[lane] - offset) for lane, offset in first.items())
    if lacking > MOST:
        raise HeadwaterError(f"{root} lacks {lacking:,} records that came since", "headwater archive --once")
    parts = {event: [judged(EVENTS[event], [])] for event in events}
    for messages in between(reader, first, end):
        by_event = defaultdict(list)
        for message in messages:
            by_event[event_of(str(message.topic()))].append(message)
        for event, came in by_event.items():
            parts[event].append(judged(EVENTS[event], came))
    lost = sum(low - held.get(lane, low) for lane, (low, _) in marks.items() if held.get(lane, low) < low)
    return Tail({event: pa.concat_tables(tables) for event, tables in parts.items()}, lost)
