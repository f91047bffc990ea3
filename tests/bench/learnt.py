"""How soon an outcome is in what a ranker predicts by: learnt, published, and read, on the whole stack."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random

import numpy as np
import psutil
import redis

from headwater.runtime.endpoints import Endpoints
from headwater.traffic.delivery import deliver, wall_ms
from headwater.traffic.generate import traffic
from headwater.traffic.population import make_world
from headwater.traffic.producer import KafkaSink
from headwater.traffic.truth import Truth
from online_models.catalog import TAKE
from serving import ModelReader
from sinks.redis_models import RedisModels
from tests.bench.figure import Plan, Row, percentiles
from tests.meanwhile import meanwhile
from tests.stacks import settings_in, up

#: An outcome is known when its window closes: from then on is measured.
WINDOW_MS = 2_000
_RATE_PER_S, _WARM_S, _AFTER_S, _LOOK_S = 500, 60, 5, 0.02
#: What happens at the very end is not measured: the watermark stands when traffic does.
_TAIL_S = 15
_SEED = 11

#: When something was readable, and until when the model had then learnt, both in ms.
Seen = tuple[int, int]


def learnt(plan: Plan) -> Iterator[Row]:
    """p50 and p99 over hovers, from the close of an outcome's window until ModelReader predicts by it."""
    with tempfile.TemporaryDirectory(prefix="headwater-bench-", ignore_cleanup_errors=True) as directory:
        settings = settings_in(Path(directory), take_window_ms=WINDOW_MS, monitor=False)
        with up(settings, "update_models", "validate_events") as where, _watched(where) as seen:
            start_ms, seconds = wall_ms() + 500, _WARM_S + plan.seconds + _TAIL_S
            world = make_world(Random(_SEED), 2_000, 200)
            messages = traffic(world, _RATE_PER_S, seconds, start_ms, _SEED, 0.0)
            truth = deliver(messages, KafkaSink(where.kafka), Truth(records=[]))
            load = psutil.getloadavg()[0]
            time.sleep(_AFTER_S)
    first_ms, last_ms = start_ms + _WARM_S * 1_000, start_ms + (_WARM_S + plan.seconds) * 1_000
    hovers = [
        record["event_time"]
        for event, record in truth.records or []
        if event == TAKE.outcome.of and first_ms <= record["event_time"] < last_ms
    ]
    waits_s = waited_s(hovers, seen)
    yield from percentiles("closed → predicted by", "s", waits_s)
    yield Row("hovers", "", len(hovers))
    yield Row("of them never predicted by", "", len(hovers) - len(waits_s))
    yield Row("snapshots read", "", len(seen))
    yield Row("sender's delay at most", "ms", truth.behind_ms)
    yield Row("load average", "", load)


def waited_s(happened_ms: Sequence[int], seen: Sequence[Seen]) -> list[float]:
    """How long after the close of its window each was learnt from and read; none of those that never were.

    >>> waited_s([1_000, 2_000, 9_000], [(5_000, 1_500), (6_500, 3_000)])
    [2.0, 2.5]
    """
    read_ms, until_ms = np.array(seen, dtype=np.int64).reshape(-1, 2).T
    first = np.searchsorted(until_ms, happened_ms)
    return [
        float(read_ms[place] - at_ms - WINDOW_MS) / 1_000
        for at_ms, place in zip(happened_ms, first.tolist(), strict=True)
        if place < len(seen)
    ]


@contextmanager
def _watched(where: Endpoints) -> Iterator[list[Seen]]:
    """What a reader that looks fifty times a second has seen while the block runs, in order."""
    seen: list[Seen] = []

    def look(ended: threading.Event) -> None:
        with redis.Redis.from_url(where.redis) as client:
            reader = ModelReader(RedisModels(client), poll_s=0.0)
            while not ended.wait(_LOOK_S):
                until_ms = reader.learnt_until_ms(TAKE.name)
                if until_ms and (not seen or until_ms > seen[-1][1]):
                    seen.append((wall_ms(), until_ms))

    with meanwhile(look):
        yield seen
