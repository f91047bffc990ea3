"""Freshness of the whole pipeline under a steady load: from sending an event to reading its feature."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from statistics import median

import psutil
import redis

from headwater.positions import Watcher
from tests.bench.figure import Plan, Row
from tests.bench.servers import Stack, a_stack
from tests.bench.steady import both_jobs, generate, prober, wait_begun, written
from tests.bench.totals import ledger
from tests.bench.usage import COMPILERS, running_s, spent_s, usage

_LOOK_S, _PATIENCE_S = 5.0, 60.0


def freshness(plan: Plan) -> Iterator[Row]:
    """p50 and p99 by rate and mini-batch interval; both jobs with all views of the catalogue, 1% faults."""
    with a_stack() as stack, redis.Redis.from_url(stack.endpoints.redis) as client:
        for mini_batch_ms in plan.mini_batches_ms:
            with both_jobs(stack, client, mini_batch_ms):
                for rate_per_s in plan.rates_per_s:
                    of = f"{rate_per_s:,} events/s, mini-batch {mini_batch_ms} ms"
                    yield from _measured(stack, client, rate_per_s, plan.seconds, of)


def _measured(stack: Stack, client: redis.Redis, rate_per_s: int, seconds: int, of: str) -> Iterator[Row]:
    with Watcher(stack.endpoints.kafka) as kafka, generate(stack, rate_per_s, seconds) as traffic:
        wait_begun(traffic, kafka)
        probes, before = prober(stack, client, str(rate_per_s)), usage(stack.paths)
        probes.start()
        lags = list(_lags(traffic, kafka, client))
        output, _ = traffic.communicate()
        spent = spent_s(before, usage(stack.paths))
        found = probes.stop(_PATIENCE_S)
    told = json.loads(output)
    for percent in (50, 99):
        yield Row(f"{of}: p{percent}", "s", found.percentile_s(percent))
    yield Row(f"{of}: probes lost of {found.sent}", "probes", found.lost)
    half = len(lags) // 2
    yield Row(f"{of}: not counted yet, median of the first half", "events", median(lags[:half]))
    yield Row(f"{of}: not counted yet, median of the second half", "events", median(lags[half:]))
    yield Row(f"{of}: sender's delay at most", "ms", told["behind_ms"])
    yield Row(f"{of}: CPU of both jobs", "µs/event", running_s(spent) / told["sent"] * 1e6)
    yield Row(f"{of}: CPU of the TaskManager's compilers", "µs/event", spent[COMPILERS] / told["sent"] * 1e6)
    yield Row(f"{of}: load average", "", psutil.getloadavg()[0])


def _lags(traffic: subprocess.Popen[str], kafka: Watcher, client: redis.Redis) -> Iterator[int]:
    """How many events are sent and not counted, every few seconds while traffic is sent."""
    while traffic.poll() is None:
        time.sleep(_LOOK_S)
        counted = sum(ledger(client).values())
        yield max(written(kafka) - counted, 0)
