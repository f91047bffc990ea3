"""Which values a field of an event can have: what neither Avro nor polars would say before changing them."""

from __future__ import annotations

from typing import Any

from schemas.events import Column, EventType
from validators.titles import KEY, LOOKED_UP

_BITS = {"long": 63, "int": 31}
#: A column that events do not bring but that examples and files of events may tell.
INGESTION_TIME = Column("ingestion_time", "long", nullable=False)
#: How old an event was then: what only rules read.
AGE = Column("event_age_ms", "long", nullable=False)


def fields(event: EventType) -> dict[str, Column]:
    """What a line of a file may tell of an event: its fields, and when the broker took it."""
    return {column.name: column for column in (*event.columns, INGESTION_TIME)}


def seen(event: EventType) -> dict[str, Column]:
    """What an example may tell, and a rule read, of an event: `fields`, and what is looked up."""
    looked_up = LOOKED_UP if any(column.name == KEY for column in event.columns) else ()
    return fields(event) | {column.name: column for column in looked_up}


def fits(column: Column, value: Any) -> bool:
    """Whether a column can hold a value other than null.

    >>> [fits(Column("row", "int", True), value) for value in (3, 2**31, 3.0, True, "3")]
    [True, False, False, False, False]
    """
    if column.avro in _BITS:
        bound = 1 << _BITS[column.avro]
        return isinstance(value, int) and not isinstance(value, bool) and -bound <= value < bound
    if column.avro == "string":
        return isinstance(value, str) and not any("\ud800" <= c <= "\udfff" for c in value)
    if column.avro == "boolean":
        return isinstance(value, bool)
    return isinstance(value, int | float) and not isinstance(value, bool)
