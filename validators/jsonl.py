"""Events as lines of JSON, one object each: what they tell, and which lines tell no event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from schemas.events import EventType
from validators.lint_rule import choose
from validators.values import INGESTION_TIME, fields, fits

Event = dict[str, Any]


@dataclass(frozen=True)
class Lines:
    """Events by the number of their line, from 1; why other lines are none. Empty lines are neither."""

    events: dict[int, Event]
    bad: dict[int, str]


def parse(event: EventType, lines: Iterable[bytes]) -> Lines:
    """Read lines. Fields that may be null, and `ingestion_time`, may be left out. Holds for any bytes."""
    read = Lines({}, {})
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            read.events[number] = _event(event, line)
        except ValueError as error:
            read.bad[number] = str(error)
    return read


def _event(event: EventType, line: bytes) -> Event:
    try:
        told = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error}") from None
    if not isinstance(told, dict):
        raise ValueError("no object: give the fields of one event")
    known = fields(event)
    for name in told:
        if name not in known:
            raise ValueError(f"{event.name} has no {name}: {choose(name, known)}")
    for name, column in known.items():
        value = told.get(name)
        if value is None:
            if not column.nullable and name != INGESTION_TIME.name:
                raise ValueError(f"{name} is {'null' if name in told else 'missing'}: give a {column.avro}")
        elif not fits(column, value):
            raise ValueError(f"{name} is {value!r}: give a {column.avro}")
    return told
