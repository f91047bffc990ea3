"""Scores of members as events, written to the raw topic of their type as any producer would."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import blake2b

from confluent_kafka import KafkaException, Producer

from online_models.members.measure import WHO, Rows
from online_models.members.scorer import EVENT, Score
from schemas.codec import Record, encode
from schemas.events import EVENTS
from schemas.topics import raw

_PATIENCE_S = 60.0
_NOTHING = dict.fromkeys(column.name for column in EVENTS[EVENT].columns)


class ScoreTopic:
    """The way to Kafka. It holds nothing back: all of a batch is there before `tell` returns."""

    def __init__(self, kafka: str) -> None:
        self._producer = Producer(
            {
                "bootstrap.servers": kafka,
                # As every producer of events: a member's stay in one partition.
                "partitioner": "murmur2_random",
                "acks": "all",
                "enable.idempotence": True,
                "linger.ms": 5,
            }
        )

    def tell(self, name: str, rows: Rows, scores: Sequence[Score]) -> None:
        """Tell what there is to tell. Raises KafkaException where the broker does not take it."""
        failed: list[object] = []
        for record in records(name, rows, scores):
            self._send(record, failed)
        if self._producer.flush(_PATIENCE_S) or failed:
            raise KafkaException(failed[0] if failed else f"scores are unsent after {_PATIENCE_S:.0f} s")

    def _send(self, record: Record, failed: list[object]) -> None:
        value = encode(EVENT, record)
        while True:
            try:
                self._producer.produce(
                    raw(EVENT),
                    value,
                    record["member_id"],
                    on_delivery=lambda error, _: failed.append(error) if error else None,
                )
                return
            except BufferError:
                self._producer.poll(0.1)


def records(name: str, rows: Rows, scores: Sequence[Score]) -> Iterator[Record]:
    """The events: as of the last moment of the window, by ids that follow from scorer, window and member, so
    that the gate knows one again that is told again."""
    for member, who, score in zip(rows.member, rows.who, scores, strict=True):
        if score:
            _, *said = json.loads(who)
            told = f"{name}/{rows.at_ms}/{member}".encode("utf-8", "surrogatepass")
            yield {
                **_NOTHING,
                **dict(zip(WHO, said, strict=True)),
                **score,
                "event_id": blake2b(told, digest_size=16).hexdigest(),
                "event_time": rows.at_ms - 1,
                "member_id": member,
            }
