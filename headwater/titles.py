"""The catalogue of titles: read from its topic, and written to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing

from flink_jobs.kept_topic import KeptTopic, Written
from headwater.kafka_client import reaching
from headwater.traffic.delivery import Sink
from schemas.titles import Title
from schemas.topics import TITLES
from validators.titles import NO_RUNTIME, Titles


def held(kafka: str) -> dict[str, Title]:
    """The titles that the catalogue holds now, by id. Raises HeadwaterError."""
    with reaching(kafka), closing(KeptTopic(kafka, TITLES)) as topic:
        return of(topic.written())


def of(records: Sequence[Written]) -> dict[str, Title]:
    """What records leave of the catalogue; those that cannot be used are passed over, as gates do."""
    found: dict[str, Title] = {}
    for record in records:
        key = (record.key or b"").decode(errors="replace")
        try:
            title = Title.from_json(record.value) if record.value else None
        except ValueError:
            continue
        if title is None:
            found.pop(key, None)
        elif title.title_id == key:
            found[key] = title
    return found


def for_rules(titles: dict[str, Title]) -> Titles:
    """Titles as rules look them up."""
    return {title_id: title.runtime_ms or NO_RUNTIME for title_id, title in titles.items()}


def announce(titles: Iterable[Title], sink: Sink) -> None:
    """Put titles into the catalogue, each in the place of what it says of that id.

    Raises what the sink does.
    """
    for title in titles:
        sink.send(TITLES, title.title_id.encode(), title.to_json())
    sink.flush()


def withdraw(title_ids: Iterable[str], sink: Sink) -> None:
    """Take titles out of the catalogue. Raises what the sink does."""
    for title_id in title_ids:
        sink.send(TITLES, title_id.encode(), None)
    sink.flush()
