"""Take: will a title that has the focus be played within the window? The features of a hover."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from online_models.example import Example
from online_models.model import OnlineModel
from schemas.topics import HOUR_MS

NAME = "take"
#: What its examples are made of.
EVENTS = ("hover", "play")

#: What a row of a batch holds, in this order.
COLUMNS = ("event_time", "event_id", "row", "rank", "device_type", "country", "dwell_ms", "taken")

# What a client says must not be able to make up names without end: each one is a weight for ever.
_DEVICES = frozenset({"tv", "phone", "tablet", "web"})
_COUNTRY = re.compile(r"[A-Z]{2}")
_MOST_ROWS, _MOST_RANKS = 20, 40


def new_model() -> OnlineModel:
    """A model of take that has learnt nothing."""
    return OnlineModel()


def examples(rows: Iterable[Sequence[Any]]) -> list[Example]:
    """Examples in the order of (event_time, event_id), whatever the order of the rows of COLUMNS.

    >>> [e.label for e in examples([(7, "b", 0, 1, "tv", "US", 900, 1), (7, "a", 0, 2, "tv", "US", 900, 0)])]
    [False, True]
    """
    return [_example(*row) for row in sorted(rows, key=lambda row: (row[0], row[1]))]


def features(
    event_time: int,
    row: int | None,
    rank: int | None,
    device_type: str | None,
    country: str | None,
    dwell_ms: float,
) -> dict[str, float]:
    """The features of a hover: a one for each of its categories, and how long it dwelt.

    >>> sorted(features(0, 2, 99, "tv", None, 0))
    ['country=other', 'device_type=tv', 'dwell', 'hour=0', 'rank=40', 'row=2']
    """
    device = device_type if device_type in _DEVICES else "other"
    place = country if country is not None and _COUNTRY.fullmatch(country) else "other"
    return {
        f"row={_place(row, _MOST_ROWS)}": 1.0,
        f"rank={_place(rank, _MOST_RANKS)}": 1.0,
        f"device_type={device}": 1.0,
        f"country={place}": 1.0,
        f"hour={event_time // HOUR_MS % 24}": 1.0,
        "dwell": math.log1p(max(dwell_ms, 0) / 1_000),
    }


def _example(event_time: int, event_id: str, *rest: Any) -> Example:
    *known, taken = rest
    return Example(event_time, features(event_time, *known), bool(taken))


def _place(n: int | None, most: int) -> str:
    return "none" if n is None else str(min(max(n, 0), most))
