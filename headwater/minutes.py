"""The history of the models' figures and of pages, read from their topics."""

from __future__ import annotations

from typing import TypeVar

from flink_jobs.stretches import between, consumer, ends, lanes, since
from headwater.errors import HeadwaterError
from headwater.kafka_client import reaching
from schemas.model_minute import ModelMinute
from schemas.page_minute import PageMinute
from schemas.quality import Json
from schemas.topics import MODELS, PAGES

Minute = TypeVar("Minute", bound=Json)


def of_models(kafka: str, since_ms: int) -> list[ModelMinute]:
    """What was told since then, in order. Raises HeadwaterError when Kafka does not answer."""
    return _read(kafka, MODELS, ModelMinute, since_ms)


def of_pages(kafka: str, since_ms: int) -> list[PageMinute]:
    """What was told since then, in order. Raises HeadwaterError when Kafka does not answer."""
    return _read(kafka, PAGES, PageMinute, since_ms)


def _read(kafka: str, topic: str, kind: type[Minute], since_ms: int) -> list[Minute]:
    with reaching(kafka), consumer(kafka, "headwater-minutes") as reader:
        if not (of := lanes(reader, topic)):
            raise HeadwaterError(f"Kafka at {kafka} has no topic {topic}", "create it: headwater up")
        last = ends(reader, of)
        first = since(reader, dict.fromkeys(of, since_ms))
        return [
            kind.from_json(text)
            for messages in between(reader, first, last)
            for message in messages
            if (text := message.value()) is not None
        ]
