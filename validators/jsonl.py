"""Events as lines of JSON, an object of their fields each."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from schemas.events import EventType
from schemas.json_lines import Lines, json_object
from validators.lint_rule import choose
from validators.values import INGESTION_TIME, fields, fits

Event = dict[str, Any]


def parse(event: EventType, lines: Iterable[bytes]) -> Lines[Event]:
    """Read lines. Fields that may be null, and `ingestion_time`, may be left out. Holds for any bytes."""
    return Lines[Event].of(lines, partial(_event, event))


def _event(event: EventType, line: bytes) -> Event:
    told = json_object(line, "give the fields of one event")
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
