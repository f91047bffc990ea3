"""Scorers of members beside river's of the same kind: CPU for 1,000 rows, states, batches of a job."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from river.anomaly import HalfSpaceTrees
from river.cluster import KMeans

from online_models.examples import Numbers
from online_models.members.catalog import CONDUCT, scorers
from online_models.members.centres import Centres
from online_models.members.measure import Rows
from online_models.members.models import MemberModels
from tests.bench.figure import Plan, Row
from tests.conduct import HORIZON_MS, START_MS, batch

_ROWS, _OF_RIVER = 20_000, 2_000
_SIZES = (1, 100, 5_000)


def members(_: Plan) -> Iterator[Row]:
    """CPU-ms for 1,000 rows that are scored and learnt from."""
    trees, centres = CONDUCT.trees, Centres(12)
    river = HalfSpaceTrees(n_trees=trees.trees, height=trees.height, window_size=trees.window, seed=1)
    means = KMeans(n_clusters=centres.k, halflife=centres.pull, seed=1)

    def trees_of_river(rows: Numbers) -> None:
        for row in rows.tolist():
            named = dict(enumerate(row))
            river.score_one(named)
            river.learn_one(named)

    def means_of_river(rows: Numbers) -> None:
        for row in rows.tolist():
            means.learn_predict_one(dict(enumerate(row)))

    for name, size, learn, ours in (
        ("half-space trees", trees.size, trees_of_river, trees.start().learn),
        ("centres", centres.size, means_of_river, centres.start().learn),
    ):
        rows = np.random.default_rng(1).random((_ROWS, size))
        of_river = _ms(learn, [rows[:1], rows[1 : 1 + _OF_RIVER]])
        yield Row(f"{name}, river's loop", "CPU-ms/1,000", of_river)
        for many in _SIZES:
            few = rows[: max(_OF_RIVER, 2 * many)]
            ms = _ms(ours, [few[start : start + many] for start in range(0, len(few), many)])
            yield Row(f"{name}, batches of {many:,}", "CPU-ms/1,000", ms)
    for kind in scorers(HORIZON_MS):
        at_ms, models = START_MS + kind.every_ms, MemberModels(kind)
        given = batch(kind, at_ms, 10_000, 1)
        Rows.read(at_ms, given)  # The first call is apart.
        began_s = time.process_time()
        rows_read = Rows.read(at_ms, given)
        yield Row(f"{kind.name}, read", "CPU-ms/1,000", _since_ms(began_s, len(given)))
        began_s = time.process_time()
        models.score(rows_read)
        yield Row(f"{kind.name}, score", "CPU-ms/1,000", _since_ms(began_s, len(given)))
        packed = models.to_bytes()
        yield Row(f"{kind.name}, state", "KiB", len(packed) / 1_024)
        began_s = time.process_time()
        MemberModels.from_bytes(kind, packed).to_bytes()
        yield Row(f"{kind.name}, state read and written", "ms", (time.process_time() - began_s) * 1_000)


def _ms(learn: Callable[[Numbers], Any], batches: list[Numbers]) -> float:
    """The first batch apart."""
    learn(batches[0])
    began_s = time.process_time()
    for rows in batches[1:]:
        learn(rows)
    return _since_ms(began_s, sum(map(len, batches[1:])))


def _since_ms(began_s: float, rows: int) -> float:
    return (time.process_time() - began_s) * 1e6 / rows
