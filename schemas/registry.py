"""Schema ids: which Avro schema wrote a datum. The ids live in ``avro/registry.json``, held in git.

The frame is Confluent's: https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from schemas.events import AVRO_DIR, EVENT_NAMES, EVENTS, EventType, registered


@dataclass(frozen=True)
class Writer:
    """One registered schema: the id that frames carry, and whose events it writes."""

    id: int
    event: str
    version: int
    schema: dict[str, Any] = field(repr=False)

    @cached_property
    def wrote(self) -> EventType:
        """The event type as this writer knew it."""
        return EventType(self.event, self.schema)


@dataclass(frozen=True)
class Registry:
    """Writers by id, and the current id of each event type.

    >>> EMBEDDED.current_id["search"], EMBEDDED.writers[1].event
    (8, 'play')
    """

    writers: Mapping[int, Writer]
    current_id: Mapping[str, int]
    events: Mapping[str, EventType]


def _embedded() -> Registry:
    writers = {
        row["id"]: Writer(
            row["id"], row["event"], row["version"], json.loads((AVRO_DIR / row["file"]).read_text())
        )
        for row in registered()
    }
    newest = {w.event: w.id for w in sorted(writers.values(), key=lambda w: w.version)}
    return Registry(writers, {e: newest[e] for e in EVENT_NAMES}, EVENTS)


EMBEDDED = _embedded()
