"""Features over items without a view around them: made, filled with rows as the SQL gives them, and read."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np

from features.distinct import Distinct
from features.listing import Listed
from features.listing_layout import ListLayout
from features.partial import Array
from features.quantile import Quantile
from features.view import View
from sinks.memory import MemoryTiles

NOW_MS = 1_780_000_012_345
HOUR_MS = 3_600_000
#: The tiles of the windows below.
TILES = [NOW_MS // HOUR_MS - ago for ago in range(4)]


def layout_of(feature: Listed) -> ListLayout:
    """How it is stored, alone in a view."""
    view = View("v", ("title_id",), ("play",), {"1h": "60s"}, (feature,), 60, "A view of one list.")
    return ListLayout(view, feature)


def read(feature: Listed, rows: list[tuple[int, Any, Any]], now_ms: int = NOW_MS) -> dict[str, Array]:
    """The values of one entity, whose rows of tile, item and weight are written as they are given."""
    layout, store = layout_of(feature), MemoryTiles()
    if rows:
        tile, item, weight = (np.array(column) for column in zip(*rows, strict=True))
        item = item.astype(object) if item.dtype.kind == "U" else item
        store.write_list(layout, ["t1"] * len(rows), layout.pack([tile, item, weight]))
    return layout.values(layout.unpack(store.mget(layout.keys(["t1"], 0))), now_ms)


def distinct(keep: int) -> Distinct:
    return Distinct("distinct", of="title_id", on="play", window="4h", tile="1h", keep=keep)


def quantile(*q: float, error: float = 0.02) -> Quantile:
    return Quantile(
        "ms", of="dwell_ms", on="hover", window="4h", tile="1h", q=q, least=1, most=1e6, error=error
    )


def bucketed(feature: Quantile, values: list[tuple[int, float]]) -> list[tuple[int, int, int]]:
    """Rows as the SQL gives them, of values in tiles."""
    growth = (1 + feature.error) / (1 - feature.error)
    clamped = [(tile, min(max(value, feature.least), feature.most)) for tile, value in values]
    counts = Counter((tile, math.ceil(math.log(value) / math.log(growth))) for tile, value in clamped)
    return [(tile, bucket, n) for (tile, bucket), n in counts.items()]
