"""Lists to write: one of each feature over items, and batches of rows as Flink hands them over."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from features.distinct import Distinct
from features.listing_layout import ListLayout
from features.partial import Array
from features.quantile import Quantile
from features.recent import LastK
from features.top import TopK
from features.view import View

LISTS = View(
    name="bench_lists",
    entity=("member_id",),
    events=("play", "hover"),
    windows={"10m": "60s"},
    features=(
        TopK("top", of="title_id", on="play", window="24h", tile="6h", k=10, keep=64),
        LastK("last", of="title_id", on="play", window="24h", k=20),
        Distinct("distinct", of="title_id", on="play", window="24h", tile="6h", keep=64),
        Quantile(
            "dwell", of="dwell_ms", on="hover", window="24h", tile="6h", q=(0.5,), least=1, most=600_000
        ),
    ),
    slo_s=60,
    description="One of each feature over items.",
)


def batches(layout: ListLayout, rows: int) -> Callable[[int], list[Array]]:
    """The columns of a call: few items are frequent, weights grow, and no call is like the one before."""
    rng = np.random.default_rng(1)
    titles = np.array([f"t{n:05}" for n in range(5_000)], dtype=object)
    of_titles = [titles[rng.zipf(1.3, rows) % len(titles)] for _ in range(50)]
    of_buckets = [rng.integers(0, 300, rows) for _ in range(50)]
    items = of_titles if layout.of.item_type == "STRING" else of_buckets
    counts = rng.zipf(1.5, rows) % 1_000

    def columns(call: int) -> list[Array]:
        tile = [np.full(rows, 82_000 + call // 100)] if layout.of.tile_ms else []
        weight = counts + call if tile else np.full(rows, 1_780_000_000_000 + call)
        return [*tile, items[call % len(items)], weight]

    return columns
