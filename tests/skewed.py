"""Reads of a view whose events are known, kept as a server keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

from features.view import View
from serving import FeatureReader
from serving.reader import Strings
from serving.served_log import ServedLog
from sinks.memory import MemoryTiles
from tests.naive import Event
from tests.offline import crowded
from tests.reading import ENTITIES, NOW_MS, naive_rows
from tests.tiles import Store, write_all

SPAN_MS = 900_000


def instants(view: View, events: Sequence[Event], random: Random) -> list[int]:
    """Soon after events of the view, so that it is fresh."""
    times = sorted(
        record["event_time"] for name, record in naive_rows(view.name, [*events]) if name in view.events
    )
    return sorted(
        min(NOW_MS, at_ms + random.choice([0, 1, 400])) for at_ms in random.sample(times, min(5, len(times)))
    )


def serve(
    view: View,
    events: Sequence[Event],
    at: Sequence[int],
    folder: Path,
    behind_ms: int = 0,
    store: Store | None = None,
    strings: Strings | None = None,
) -> None:
    """Read at instants, each time when what had happened so long before was written, and keep the answers."""
    store = store or MemoryTiles()
    now_ms = 0
    log = ServedLog(folder, 1.0, Random(1), clock_ms=lambda: now_ms)
    reader = FeatureReader(strings or store, served=log)  # type: ignore[arg-type]
    for now_ms in at:
        write_all(store, view, [(n, r) for n, r in events if r["event_time"] <= now_ms - behind_ms])
        reader.read(view, ENTITIES[view.name], now_ms)
    log.close()


def happened(view: View) -> tuple[list[Event], list[int]]:
    random = Random(view.name)
    events = crowded(random, SPAN_MS)
    return events, instants(view, events, random)
