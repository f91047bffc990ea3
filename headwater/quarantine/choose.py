"""Which set-aside records are meant: the pure part of looking for them, and the loop that reads back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from headwater.errors import NotThereError
from headwater.quarantine.log import Log
from headwater.quarantine.record import Held, SetAside, Source, place_of, told
from schemas import topics
from schemas.events import EVENT_NAMES

#: The first stretch that is read back for a list, in records a partition; each next one is wider.
_FIRST_WIDTH = 200
_WIDER = 4


@dataclass(frozen=True)
class Wanted:
    """A choice of records: of these event types, with this reason among theirs if one is named, and taken in
    by the broker (ingestion time) no earlier than `since_ms`."""

    events: tuple[str, ...] = EVENT_NAMES
    reason: str | None = None
    since_ms: int = 0

    @property
    def topics(self) -> list[str]:
        """Where they lie."""
        return [topics.quarantine(event) for event in self.events]

    def takes(self, record: SetAside) -> bool:
        """Whether a record is meant."""
        return (
            record.event in self.events
            and record.time_ms >= self.since_ms
            and (self.reason is None or self.reason in record.reasons)
        )


class FirstCopies:
    """Tells what a restart of the gate has written again, of records that are read in order.

    Of one source partition, within one partition of quarantine, offsets and times only grow. A repeat is
    neither farther nor later than the greatest before it. Both are asked: a topic that was made anew begins
    at offset 0, at a later time.
    """

    def __init__(self) -> None:
        self._newest: dict[tuple[str, int, str, int], Source] = {}

    def is_first(self, held: Held, source: Source | None) -> bool:
        """Whether this record was not seen before. True for what has no source."""
        if source is None:
            return True
        lane = held.topic, held.partition, source.topic, source.partition
        newest = self._newest.get(lane)
        if newest is not None and source.offset <= newest.offset and source.time_ms <= newest.time_ms:
            return False
        self._newest[lane] = source
        return True


def chosen(records: Iterable[Held], wanted: Wanted) -> Iterator[tuple[Held, SetAside]]:
    """The records that are meant, each once, in the order in which they are read."""
    copies = FirstCopies()
    for held in records:
        record = told(held)
        if wanted.takes(record) and copies.is_first(held, record.source):
            yield held, record


def find(log: Log, record_id: str) -> Held:
    """The record of an id. Raises NotThereError if there is none."""
    topic, partition, offset = place_of(record_id)
    for span in log.spans([topic]):
        if span.partition == partition and span.low <= offset < span.stop:
            for held in log.read([span._replace(start=offset, stop=offset + 1)]):
                return held
    raise NotThereError(
        f"quarantine holds no {record_id}", "it may be older than 30 days; see `headwater quarantine list`"
    )


def newest(log: Log, wanted: Wanted, limit: int) -> list[SetAside]:
    """The newest `limit` records that are meant, newest first.

    Partitions are read backwards, in wider and wider stretches, until each has given as many or has no more:
    the end of a long quarantine is found without reading all of it. Where a gate that lagged has mixed old
    records among new ones, the newest are those of what was read.
    """
    spans = log.spans(wanted.topics, wanted.since_ms)
    found: dict[Source | str, SetAside] = {}
    width = max(limit, _FIRST_WIDTH)
    while spans:
        parts = [s._replace(start=max(s.start, s.stop - width)) for s in spans]
        for _, record in chosen(log.read(parts), wanted):
            found.setdefault(record.source or record.id, record)
        per_topic = Counter(topics.quarantine(record.event) for record in found.values())
        spans = [
            span._replace(stop=part.start)
            for span, part in zip(spans, parts, strict=True)
            if part.start > span.start and per_topic[span.topic] < limit
        ]
        width *= _WIDER
    return sorted(found.values(), key=lambda r: (r.time_ms, r.id), reverse=True)[:limit]
