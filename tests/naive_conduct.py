"""What members did in windows, read naively from a list of events. It shares no code with any job."""

from __future__ import annotations

import json
from collections import defaultdict
from random import Random
from typing import Any

from online_models.members.habits import GENRES
from online_models.members.measure import EVENTS as OF
from online_models.members.measure import WHO
from online_models.members.scorer import Kind
from schemas.events import EVENTS
from tests.conduct import START_MS

Event = dict[str, Any]
MINUTES = 8


def some_events(n: int) -> list[Event]:
    """Of few members, titles and devices, with texts that are hard to quote, in the order of their times."""
    return sorted((some_event(Random(k), k) for k in range(n)), key=lambda e: int(e["event_time"]))


def some_event(rng: Random, n: int) -> Event:
    event = rng.choice(OF)
    values: Event = {"event": event}
    for column in EVENTS[event].columns:
        some = {"string": [f"{column.name} {k}" for k in range(3)] + ['a "quoted", text'], "boolean": [True]}
        few = some.get(column.avro, list(range(900)))
        values[column.name] = rng.choice(few) if not column.nullable or rng.random() < 0.8 else None
    at_ms = START_MS + rng.randrange(MINUTES * 60_000)
    values |= {"event_id": f"e{n}", "member_id": f"m{rng.randrange(9)}", "event_time": at_ms}
    values["verdict"] = rng.choice(["valid"] * 6 + ["warned", "late", "duplicate"])
    titled = "title_id" in values
    values["genres"] = rng.choice([None, "drama", "crime,drama", "crime,western,noir"]) if titled else None
    return values


def naive(kind: Kind, events: list[Event]) -> dict[tuple[int, str], list[Any]]:
    """Who, and the measures, by the end of the window and the member."""
    found: dict[tuple[int, str], list[Event]] = defaultdict(list)
    for e in events:
        end_ms = (e["event_time"] // kind.every_ms + 1) * kind.every_ms
        while e["verdict"] in ("valid", "warned") and end_ms - kind.window_ms <= e["event_time"]:
            found[end_ms, e["member_id"]].append(e)
            end_ms += kind.every_ms
    return {
        key: [who(of), *(conduct(of) if kind.name == "conduct" else habits(of))] for key, of in found.items()
    }


def who(of: list[Event]) -> list[Any]:
    return max(
        ([e["event_time"], *(e[c] for c in WHO)] for e in of),
        key=lambda told: json.dumps(told, separators=(",", ":")),
    )


def conduct(of: list[Event]) -> list[int]:
    by_type = [sum(e["event"] == event for e in of) for event in OF]
    told = [("device_id", "session_id", "country", "title_id")[n] for n in range(4)]
    different = [len({e.get(c) for e in of} - {None}) for c in told]
    return [*by_type, *different, len({e["event_time"] // 1_000 for e in of})]


def habits(of: list[Event]) -> list[int]:
    times = [e["event_time"] for e in of]
    plays = [(e["genres"] or "").split(",") for e in of if e["event"] == "play"]
    head = [len({e["session_id"] for e in of}), min(times), max(times), sum(times) // len(times)]
    return [*head, *(sum(genre in genres for genres in plays) for genre in GENRES)]
