"""The event types: every ``avro/*.avsc`` that ``avro/registry.json`` names, as values.

>>> EVENT_NAMES[:5]
('play', 'pause', 'search', 'hover', 'stream_start')
>>> EVENTS["pause"].columns[-1]
Column(name='runtime_ms', avro='long', nullable=False)
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

AVRO_DIR = Path(__file__).parent / "avro"
#: So many fields stand first in every event, the same in all of them: who, when and on which device.
COMMON = 10


@dataclass(frozen=True)
class Column:
    """One field of an event: its Avro primitive type, and whether null is allowed."""

    name: str
    avro: str
    nullable: bool


@dataclass(frozen=True)
class EventType:
    """An event type: its name, and the Avro schema that ``valid.<name>`` carries (the reader schema)."""

    name: str
    schema: dict[str, Any] = field(repr=False, hash=False, compare=False)

    @cached_property
    def schema_json(self) -> str:
        """The schema as JSON text, as the Rust decoder wants it."""
        return json.dumps(self.schema)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The fields in the order in which they stand in a datum."""
        return tuple(_column(f) for f in self.schema["fields"])

    @cached_property
    def docs(self) -> dict[str, str]:
        """What each field means, as the schema tells it."""
        return {f["name"]: f["doc"] for f in self.schema["fields"]}


def _column(f: dict[str, Any]) -> Column:
    avro = f["type"]
    nullable = isinstance(avro, list)
    if nullable:
        avro = avro[1]
    return Column(f["name"], avro["type"] if isinstance(avro, dict) else avro, nullable)


def registered() -> list[dict[str, Any]]:
    """The rows of ``registry.json``: id, event, version, file."""
    rows: list[dict[str, Any]] = json.loads((AVRO_DIR / "registry.json").read_text())["schemas"]
    return rows


def _current() -> dict[str, EventType]:
    newest = {row["event"]: row for row in sorted(registered(), key=lambda row: int(row["version"]))}
    ordered = dict.fromkeys(row["event"] for row in registered())
    return {e: EventType(e, json.loads((AVRO_DIR / newest[e]["file"]).read_text())) for e in ordered}


EVENTS: dict[str, EventType] = _current()
EVENT_NAMES: tuple[str, ...] = tuple(EVENTS)
