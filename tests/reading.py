"""An answer of the reader, held against a naive reading of the events behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from features.duration import parse_ms
from features.view import View
from serving.question import Entity
from serving.reader import FeatureReader
from tests.naive import Event, alike
from tests.oracle import naive_age_s, naive_features, naive_rows

NOW_MS = 1_780_000_012_345
DAY_MS = 86_400_000
TOLERANCE_MS = 60_000
ENTITIES: dict[str, Sequence[Entity]] = {
    "title_engagement": ["t1", "t2", "t3"],
    "title_country_trending": [("t1", "BR"), ("t1", "JP"), ("t2", "BR"), ("t3", "BR")],
    "member_activity": ["m1", "m2", "m3"],
    "gallery": ["m1", "m2", "m3"],
    "title_popularity": ["t1", "t2", "t3"],
    "title_row_take": [("t1", "3"), ("t2", "0"), ("t3", "0")],
    "search_term": ["heist", "heist noir", ""],
    "member_title": [("m1", "t1"), ("m2", "t1"), ("m3", "t1")],
    "session": ["s1", "s2"],
    "country_top": ["BR", "JP", "DE"],
    "title_next": ["t1", "t2", "t3"],
    "title_rating": ["t1", "t2", "t3"],
    "title_seek": ["t1", "t2", "t3"],
    "member_history": ["m1", "m2", "m3"],
    "member_genre": [("m1", "drama"), ("m2", "noir"), ("m3", "noir")],
    "profile_genre": [("p1", "drama"), ("p1", "noir"), ("p2", "noir")],
    "profile_activity": ["p1", "p2"],
    "member_habit": [("m1", "tv", "20"), ("m1", "tv", "14"), ("m3", "tv", "0")],
    "member_scores": ["m1", "m2", "m3"],
    "device_playback": [("tv", "8.12.0"), ("web", "8.12.0"), ("tv", "9")],
    "session_network": ["s1", "s2"],
    "gallery_taken": [("t1", "3"), ("t1", "0"), ("t2", "1"), ("t3", "0")],
    "gallery_words": ["heist", "noir", "dawn"],
}


def event(name: str, event_time: int, **changes: Any) -> Event:
    return name, {
        "event_id": "e1",
        "event_time": event_time,
        "member_id": "m1",
        "title_id": "t1",
        "session_id": "s1",
        "query": "heist",
        "results": 3,
        "country": "BR",
        "device_type": "tv",
        "position_ms": 30_000,
        "runtime_ms": 60_000,
        "dwell_ms": 500,
        "row": 3,
        "rank": None,
        "profile_id": "p1",
        "app_version": "8.12.0",
        "utc_offset_min": 0,
        "genres": "drama",
        "stars": 4,
        "kind": "skip",
        "from_ms": 0,
        "to_ms": 10_000,
        "throughput_kbps": 9_000,
        "rebuffers": 1,
        "rebuffer_ms": 1_200,
        "error_code": None,
        "anomaly": 0.75,
        "taste_number": 3,
        "taste": "crime, drama",
        "churn_risk": None,
    } | changes


MORE = ("impression", "rating", "seek", "playback_health", "session_end", "member_score")
SAMPLE = [event(name, NOW_MS) for name in ("play", "pause", "search", "hover", *MORE)]


def same(expected: Any, found: Any) -> bool:
    if isinstance(expected, float):
        return bool(
            (math.isnan(expected) and math.isnan(found)) or abs(found - expected) <= 1e-9 * max(1, expected)
        )
    return bool(found == expected)


def plain(value: Any) -> Any:
    """A number, a text, or the items of a list, each a dictionary."""
    if not isinstance(value, np.ndarray):
        return value.item()
    assert value.dtype.names
    items = [{name: item[name].item() for name in value.dtype.names} for item in value]
    return [item for item in items if item["item"]]


def of_view(view: View, events: list[Event], entity: str | None = None) -> list[Event]:
    return [
        (name, record)
        for name, record in naive_rows(view.name, events)
        if name in view.events and entity in (None, "|".join(record[c] for c in view.entity))
    ]


def check(view: View, reader: FeatureReader, events: list[Event], now_ms: int) -> None:
    answer = reader.read(view, ENTITIES[view.name], now_ms)
    naive = naive_features(view.name, events, now_ms)
    (nothing,) = naive_features(view.name, SAMPLE, NOW_MS + 10 * DAY_MS).values()
    newest_ms = max((record["event_time"] for _, record in of_view(view, events)), default=0)
    longest = max(view.windows, key=parse_ms)
    for i, entity in enumerate(answer.entities):
        expected = naive.get(entity, nothing)
        found = {name: plain(column[i]) for name, column in answer.values.items()}
        assert found.keys() == expected.keys()
        assert {n: (found[n], expected[n]) for n in found if not alike(expected[n], found[n], same)} == {}
        age_s = naive_age_s(
            of_view(view, events, entity), now_ms, parse_ms(longest), parse_ms(view.windows[longest])
        )
        fresh = "fresh" if now_ms - newest_ms <= view.slo_s * 1_000 else "stale"
        assert answer.status[i] == ("missing" if age_s is None else fresh)
        assert same(math.nan if age_s is None else age_s, answer.age_s[i].item())
