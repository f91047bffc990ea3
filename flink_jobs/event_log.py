"""What the gate has judged before, read again for its memory of ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from confluent_kafka import Message

from flink_jobs.stretches import Lane, Places, between, consumer, ends, lanes, offset_of, since
from schemas.codec import frame
from schemas.registry import EMBEDDED
from schemas.topics import MAX_DATUM_BYTES, event_of, raw, valid
from validators.gate import Records, Stretch
from validators.judge import VALID, WARNED

_NAME = "headwater-gate-memory"
#: Longer than a gate takes to hear of new rules, and than clocks differ.
_MARGIN_MS = 60_000
_COUNTS = {VALID.encode(), WARNED.encode()}


class KafkaLog:
    """The raw topics, as long as whoever judged them then judged by the rules of now.

    Where rules have changed since, what counted is read from `valid.*`. That costs more: a partition of raw
    records may be spread over all of a topic's.
    """

    def __init__(self, kafka: str, changed_ms: Callable[[], int]) -> None:
        self._kafka, self._changed_ms = kafka, changed_ms

    def read(self, stretches: Sequence[Stretch]) -> Iterator[Records]:
        """Their records in batches.

        Raises KafkaException or TimeoutError when the broker does not answer.
        """
        if self._changed_ms() < min(s.since_ms for s in stretches) - _MARGIN_MS:
            return self._judged_alike(stretches)
        return self._counted(stretches)

    def _judged_alike(self, stretches: Sequence[Stretch]) -> Iterator[Records]:
        with consumer(self._kafka, _NAME) as reader:
            first = since(reader, {(s.topic, s.partition): s.since_ms for s in stretches})
            before = {(s.topic, s.partition): s.before_offset for s in stretches}
            for messages in between(reader, first, before):
                yield records_of(messages)

    def _counted(self, stretches: Sequence[Stretch]) -> Iterator[Records]:
        before = {(s.topic, s.partition): s.before_offset for s in stretches}
        oldest_ms = min(s.since_ms for s in stretches)
        with consumer(self._kafka, _NAME) as reader:
            of = [
                lane
                for topic in {s.topic for s in stretches}
                for lane in lanes(reader, valid(event_of(topic)))
            ]
            first = since(reader, dict.fromkeys(of, oldest_ms))
            for messages in between(reader, first, ends(reader, of)):
                if (found := _that_counted(messages, before)) is not None:
                    yield found


def records_of(messages: list[Message]) -> Records:
    """Messages of raw topics as the gate saw them."""
    return Records(
        [str(m.topic()) for m in messages],
        np.array([m.partition() for m in messages], dtype=np.int64),
        np.array([offset_of(m) for m in messages], dtype=np.int64),
        np.array([m.timestamp()[1] for m in messages], dtype=np.int64),
        [_as_judged(m) for m in messages],
    )


def _as_judged(message: Message) -> bytes | None:
    """The value as the gate saw it: its SQL hides from Python what it refuses."""
    value = message.value()
    return None if value is None or len(value) > MAX_DATUM_BYTES or message.key() is None else value


def _that_counted(messages: list[Message], before: Places) -> Records | None:
    """Those that counted and came before an offset of the raw topic, as they were there."""
    found: list[tuple[Lane, int, int, bytes]] = []
    for message in messages:
        told: dict[str, Any] = dict(message.headers() or ())
        if told["verdict"] not in _COUNTS:
            continue
        event = event_of(str(message.topic()))
        lane, offset = (raw(event), int(told["partition"])), int(told["offset"])
        if offset < before.get(lane, 0):
            value = frame(EMBEDDED.current_id[event], message.value() or b"")
            found.append((lane, offset, message.timestamp()[1], value))
    if not found:
        return None
    places, offsets, times_ms, values = zip(*found, strict=True)
    return Records(
        [topic for topic, _ in places],
        np.array([partition for _, partition in places], dtype=np.int64),
        np.array(offsets, dtype=np.int64),
        np.array(times_ms, dtype=np.int64),
        values,
        counted=True,
    )
