"""What it costs to look up what models know of events: a batch of them, in one round trip to Redis."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from features.catalog import VIEWS
from features.layout import entity_texts, layouts
from online_models.catalog import MODELS
from online_models.known import written
from serving import FeatureReader
from serving.look_up import asked, known
from sinks.redis_generations import take_over
from tests.bench.figure import Plan, Row
from tests.bench.servers import a_redis

_SIZES, _TIMES, _NOW_MS = (10, 100, 1_000), 50, 1_780_000_000_000
_GENRES = ("action", "comedy", "crime", "drama", "family", "horror")


def looking_up(_: Plan) -> Iterator[Row]:
    """CPU of this process and time by the clock, for events of 500 members and 200 titles."""
    for declared in (model for model in MODELS.values() if model.known):
        with a_redis() as (client, _process):
            take_over(client, 0)
            for of in asked(declared.known, _columns(20_000, 0)):
                entities = list(dict.fromkeys(entity_texts(of.columns)))
                for layout in layouts(VIEWS[of.view.name]):
                    ring = np.zeros(layout.ring.slots, dtype=layout.dtype)
                    newest = _NOW_MS // layout.ring.tile_ms
                    tiles = np.arange(newest - layout.ring.slots + 1, newest + 1)
                    ring["tile"][tiles % layout.ring.slots], ring["n"] = tiles, 1
                    client.mset(dict.fromkeys(layout.keys(entities, 0), ring.tobytes()))
            reader = FeatureReader(client)
            for size in _SIZES:
                batches = [_columns(size, seed) for seed in range(1, _TIMES + 2)]
                known(reader, declared.known, batches[0], _NOW_MS)
                used_s, began_s = time.process_time(), time.perf_counter()
                for batch in batches[1:]:
                    written(_NOW_MS, known(reader, declared.known, batch, _NOW_MS), size)
                per_batch = 1_000 / _TIMES
                yield Row(
                    f"{declared.name}, {size:,} events: CPU", "ms", (time.process_time() - used_s) * per_batch
                )
                yield Row(
                    f"{declared.name}, {size:,} events", "ms", (time.perf_counter() - began_s) * per_batch
                )


def _columns(n: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    member, title = rng.integers(0, 500, n), (rng.random(n) ** 2 * 200).astype(int)
    texts = {
        "member_id": [f"m{m}" for m in member],
        "profile_id": [f"m{m}-p1" for m in member],
        "title_id": [f"t{t}" for t in title],
        "genres": [f"{_GENRES[t % 6]},{_GENRES[(t + 1) % 6]}" for t in title],
    }
    columns = {name: np.array(of, object) for name, of in texts.items()}
    return columns | {"row": (rng.random(n) ** 2 * 12).astype(int) * 1.0}
