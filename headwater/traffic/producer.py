"""The way to Kafka.

Settings of librdkafka: https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from headwater.errors import HeadwaterError
from schemas.events import EVENT_NAMES
from schemas.topics import MAX_RECORD_BYTES, raw

#: Few, for the sake of one event that is waited for.
PROMPT_MS = 5
#: A sender of many devices' events: at 5 ms each event is a request of its own, and half a core of broker.
BATCHED_MS = 50
_ANSWER_S = 5.0
_FULL_S = 0.1
_GIVE_UP_S = 30.0
_FLUSH_S = 2 * _GIVE_UP_S
#: Where producers write.
RAW = tuple(map(raw, EVENT_NAMES))
#: The partition that the key asks for.
BY_KEY = -1

Headers = Sequence[tuple[str, bytes]]


class KafkaSink:
    """Sends to Kafka, each message exactly once and in order per key, as long as the broker lives.

    Raises HeadwaterError when nobody answers at `kafka`, when one of the `topics` is missing, and when a
    message that was taken is not delivered (at the next `send` or at `flush`).
    """

    def __init__(self, kafka: str, linger_ms: int = PROMPT_MS, topics: Sequence[str] = RAW) -> None:
        self._kafka = kafka
        self._failure: str | None = None
        self._producer = Producer(
            {
                "bootstrap.servers": kafka,
                "linger.ms": linger_ms,
                # As Kafka's own clients and the gate choose: what shares a partition shares one after the
                # gate too, in the same order however it catches up, and watermarks hold.
                "partitioner": "murmur2_random",
                "acks": "all",
                "enable.idempotence": True,
                "message.timeout.ms": int(_GIVE_UP_S * 1000),
                "message.max.bytes": MAX_RECORD_BYTES,
                "queue.buffering.max.kbytes": 256 * 1024,
                # Reports of success would cost a Python call a message.
                "delivery.report.only.error": True,
                "on_delivery": self._on_delivery,
            },
            logger=QUIET,
        )
        self._check(topics)

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int = BY_KEY,
        headers: Headers = (),
    ) -> None:
        """Take a message; waits while the queue is full."""
        while True:
            try:
                self._producer.produce(topic, value, key, partition, headers=list(headers) or None)
                break
            except BufferError:
                self._producer.poll(_FULL_S)
            except KafkaException as error:
                raise self._lost(str(error.args[0])) from None
        self._producer.poll(0)
        self._raise_failure()

    def flush(self) -> None:
        """Return when everything taken is with the broker."""
        left = self._producer.flush(_FLUSH_S)
        self._raise_failure()
        if left:
            raise self._lost(f"{left} messages are still unsent after {_FLUSH_S:.0f} s")

    def _check(self, topics: Sequence[str]) -> None:
        try:
            there = self._producer.list_topics(timeout=_ANSWER_S).topics
        except KafkaException:
            raise HeadwaterError(
                f"no Kafka answers at {self._kafka} (HEADWATER_KAFKA, --kafka)",
                "start one with `headwater up`, or name the address of yours",
            ) from None
        missing = [topic for topic in topics if topic not in there]
        if missing:
            raise HeadwaterError(
                f"Kafka at {self._kafka} has no topic {', '.join(missing)}", "create them with `headwater up`"
            )

    def _on_delivery(self, error: KafkaError | None, message: Message) -> None:
        if error is not None and self._failure is None:
            self._failure = f"{message.topic()}: {error.str()}"

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._lost(self._failure)

    def _lost(self, why: str) -> HeadwaterError:
        return HeadwaterError(
            f"Kafka at {self._kafka} did not take every message ({why})",
            "see the broker's log, then run again",
        )


# Every failure that matters comes back as an error; librdkafka's own log would tell it a second time.
QUIET = logging.getLogger("headwater.librdkafka")
QUIET.addHandler(logging.NullHandler())
QUIET.propagate = False
