"""A set-aside record: as it lies in Kafka, and what its headers say of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from headwater.errors import NotThereError
from schemas import topics
from schemas.events import EVENT_NAMES
from schemas.quality import SLICES

_ID = re.compile(r"([a-z][a-z0-9_]*)/([0-9]{1,9})/([0-9]{1,18})")
#: More than any offset has.
_MOST_DIGITS = 19


@dataclass(frozen=True)
class Held:
    """A record of any topic as Kafka holds it. In quarantine `time_ms` is the ingestion time."""

    topic: str
    partition: int
    offset: int
    time_ms: int
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes]


class Source(NamedTuple):
    """Where an event came from. The time tells apart two topics of one name, the older of which is gone."""

    topic: str
    partition: int
    offset: int
    time_ms: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}@{self.time_ms}"


@dataclass(frozen=True)
class SetAside:
    """What is known of a set-aside record without its bytes.

    `id` names it for as long as it is kept; `slice` has the values of SLICES, and is empty where the event
    cannot be read; `attempts` is how often it was sent again before. `source` is None, and so are others
    empty, if the headers do not say: then it was not written by a gate.
    """

    id: str
    time_ms: int
    event: str
    reasons: tuple[str, ...]
    ruleset: str
    slice: Mapping[str, str]
    size_bytes: int
    attempts: int
    source: Source | None

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self) | {"source": self.source and self.source._asdict()}


def told(held: Held) -> SetAside:
    """What a record says of itself. Holds for any headers, since anybody may write to a topic.

    >>> told(Held("quarantine.play", 0, 7, 1, b"m1", None, {"reasons": b"empty_value", "attempts": b"x"})).id
    'play/0/7'
    """
    headers = {name: value.decode(errors="replace") for name, value in held.headers.items()}
    event = topics.event_of(held.topic)
    values = headers.get("slice", "").split("|")
    return SetAside(
        id=f"{event}/{held.partition}/{held.offset}",
        time_ms=held.time_ms,
        event=event,
        reasons=tuple(filter(None, headers.get("reasons", "").split(","))),
        ruleset=headers.get("ruleset", ""),
        slice=dict(zip(SLICES[1:], values, strict=True)) if len(values) == len(SLICES) - 1 else {},
        size_bytes=len(held.value or b""),
        attempts=_number(headers.get("attempts", "")) or 0,
        source=_source(headers, held.time_ms),
    )


def place_of(record_id: str) -> tuple[str, int, int]:
    """Topic, partition and offset of an id.

    >>> place_of("play/0/7")
    ('quarantine.play', 0, 7)
    """
    found = _ID.fullmatch(record_id)
    if found is None or found[1] not in EVENT_NAMES:
        raise NotThereError(
            f"{record_id!r} is no id of a set-aside record",
            "take one from `headwater quarantine list`, such as play/0/7",
        )
    return topics.quarantine(found[1]), int(found[2]), int(found[3])


def _source(headers: Mapping[str, str], time_ms: int) -> Source | None:
    topic, *place = (headers.get(name, "") for name in ("topic", "partition", "offset"))
    partition, offset = map(_number, place)
    if not topic or partition is None or offset is None:
        return None
    return Source(topic, partition, offset, time_ms)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
