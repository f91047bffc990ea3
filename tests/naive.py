"""What naive readings of events share. It shares no code with features/ and serving/."""

from __future__ import annotations

import statistics
import struct
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

Event = tuple[str, dict[str, Any]]
Values = dict[str, Any]

S, M, H = 1_000, 60_000, 3_600_000
NAN = float("nan")


class Near(NamedTuple):
    """A value that a sketch may miss by a share of it."""

    value: float
    share: float


def within(events: list[Event], now_ms: int, window_ms: int, tile_ms: int) -> list[Event]:
    last = now_ms // tile_ms
    first = last - window_ms // tile_ms + 1
    return [event for event in events if first <= event[1]["event_time"] // tile_ms <= last]


def count(events: list[Event], name: str) -> int:
    return len([1 for event, _ in events if event == name])


def mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else NAN


def harmonic(numbers: list[float]) -> float | Near:
    positive = [number for number in numbers if number > 0]
    return Near(statistics.harmonic_mean(positive), 1e-6) if positive else NAN


def cut(text: str, size_bytes: int) -> str:
    while len(text.encode()) > size_bytes:
        text = text[:-1]
    return text


def followed(
    events: list[Event], names: tuple[str, str], on: tuple[str, ...], within_ms: int
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Pairs of an event and one that happened within a time after it."""
    earlier, later = ([record for name, record in events if name == of] for of in names)
    return [
        (one, other)
        for one in earlier
        for other in later
        if all(one[c] == other[c] for c in on) and 0 <= other["event_time"] - one["event_time"] <= within_ms
    ]


def top_of_tiles(
    records: list[Values], column: str, tile_ms: int, keep: int, size_bytes: int
) -> list[Values]:
    totals: Counter[str] = Counter()
    for tile in {r["event_time"] // tile_ms for r in records}:
        counts = Counter(r[column] for r in records if r["event_time"] // tile_ms == tile)
        most: dict[str, int] = {}
        for item, n in counts.items():
            if item:
                most[cut(item, size_bytes)] = max(n, most.get(cut(item, size_bytes), 0))
        for n, item in sorted(((n, item) for item, n in most.items()), reverse=True)[:keep]:
            totals[item] += n
    order = sorted(((n, item) for item, n in totals.items()), reverse=True)
    return [{"item": item, "count": n} for n, item in order]


def newest(
    seen: list[tuple[Values, str, float]], after_ms: int, k: int, size_bytes: int
) -> list[tuple[int, float, str]]:
    """Of each item the newest time, and the number that goes with it; of those the newest."""
    best: dict[str, tuple[int, float]] = {}
    for record, column, number in seen:
        (single,) = struct.unpack("f", struct.pack("f", round(number, 6)))
        item, now = cut(record[column], size_bytes), (record["event_time"], single)
        if record[column] and now[0] > after_ms:
            best[item] = max(now, best.get(item, now))
    return sorted(((*at, item) for item, at in best.items()), reverse=True)[:k]


def unique(events: list[Event], column: str, tile_ms: int) -> int:
    """Different values, in each tile for itself."""
    return len({(record[column], record["event_time"] // tile_ms) for _, record in events})


def rate(numerator: int, denominator: int, prior: float, strength: float) -> float:
    return (numerator + prior * strength) / (denominator + strength)


def ids(events: list[Event], name: str) -> int:
    return len({record["event_id"] for event, record in events if event == name})


def least(numbers: list[Any]) -> float:
    return float(min(numbers, default=NAN))


def earliest(events: list[Event], name: str, k: int) -> list[int]:
    """The first different times of the events of a type, whatever the window."""
    return sorted({record["event_time"] for event, record in events if event == name})[:k]


def taken(events: list[Event]) -> list[Event]:
    """Hovers whose title the member played within ten minutes, one for each such play."""
    pairs = followed(events, ("hover", "play"), ("member_id", "title_id"), 10 * M)
    return [("taken_hover", hover) for hover, _ in pairs]


def answered(events: list[Event]) -> list[Event]:
    """Searches after which the session played within ten minutes, one for each such play."""
    pairs = followed(events, ("search", "play"), ("member_id", "session_id"), 10 * M)
    return [("answered_search", search) for search, _ in pairs]


def alike(expected: Any, found: Any, value: Callable[[Any, Any], bool]) -> bool:
    """Whether what was found is what was expected, of a list or an object in every part; `value` judges those
    that are neither, nor Near."""
    if isinstance(expected, Near):
        return bool(abs(found - expected.value) <= (expected.share + 1e-9) * max(1, expected.value))
    if isinstance(expected, list):
        return len(expected) == len(found) and all(
            alike(*pair, value) for pair in zip(expected, found, strict=True)
        )
    if isinstance(expected, dict):
        return expected.keys() == found.keys() and all(alike(expected[k], found[k], value) for k in expected)
    return value(expected, found)
