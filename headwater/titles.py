"""The catalogue of titles: read from its topic, and written to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress

from flink_jobs.kept_topic import KeptTopic, Written
from headwater.kafka_client import reaching
from headwater.traffic.delivery import Sink
from schemas import titles
from schemas.titles import Title
from schemas.topics import TITLES
from validators.titles import Titles, told_of


def held(kafka: str) -> dict[str, Title]:
    """The titles that the catalogue holds now, by id. Raises HeadwaterError."""
    with reaching(kafka), closing(KeptTopic(kafka, TITLES)) as topic:
        return of(topic.written())


def of(records: Sequence[Written]) -> dict[str, Title]:
    """What records leave of the catalogue; those that cannot be used are passed over, as gates do."""
    return changed({}, records)


def changed(held: Mapping[str, Title], records: Sequence[Written]) -> dict[str, Title]:
    """The catalogue after records, of what it held before."""
    found = dict(held)
    for record in records:
        with suppress(ValueError):
            title_id, title = titles.read(record.key, record.value)
            if title is None:
                found.pop(title_id, None)
            else:
                found[title_id] = title
    return found


def in_force(kafka: str) -> Titles:
    """The catalogue as rules look it up now. Raises HeadwaterError."""
    return for_rules(held(kafka))


def for_rules(found: Mapping[str, Title]) -> Titles:
    """Titles as rules look them up."""
    return {title_id: told_of(title) for title_id, title in found.items()}


def announce(new: Iterable[Title], sink: Sink) -> None:
    """Put titles into the catalogue, each in the place of what it says of that id.

    Raises what the sink does.
    """
    for title in new:
        sink.send(TITLES, title.title_id.encode(), title.to_json())
    sink.flush()


def withdraw(title_ids: Iterable[str], sink: Sink) -> None:
    """Take titles out of the catalogue. Raises what the sink does."""
    for title_id in title_ids:
        sink.send(TITLES, title_id.encode(), None)
    sink.flush()
