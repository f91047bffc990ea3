"""The history of the models' figures, read from its topic."""

from __future__ import annotations

from flink_jobs.stretches import between, consumer, ends, lanes, since
from headwater.errors import HeadwaterError
from headwater.kafka_client import answering
from schemas.model_minute import ModelMinute
from schemas.topics import MODELS


def read(kafka: str, since_ms: int) -> list[ModelMinute]:
    """What was told since then, in order. Raises HeadwaterError when Kafka does not answer."""
    with answering(kafka), consumer(kafka, "headwater-models") as reader:
        if not (of := lanes(reader, MODELS)):
            raise HeadwaterError(f"Kafka at {kafka} has no topic {MODELS}", "create it: headwater up")
        last = ends(reader, of)
        first = since(reader, dict.fromkeys(of, since_ms))
        return [
            ModelMinute.from_json(text)
            for messages in between(reader, first, last)
            for message in messages
            if (text := message.value()) is not None
        ]
