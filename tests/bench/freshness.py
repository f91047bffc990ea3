"""Freshness of the whole pipeline under a steady load: from sending an event to reading its feature."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import psutil
import redis

import flink_jobs
from flink_jobs.options import Options
from headwater.demo.probes import Prober
from headwater.errors import HeadwaterError
from headwater.positions import Watcher
from headwater.runtime.flink_rest import FlinkRest
from headwater.runtime.submit import submit
from headwater.traffic.producer import KafkaSink
from serving import FeatureReader
from tests.bench.figure import Plan, Row
from tests.bench.servers import Stack, a_stack
from tests.bench.totals import ledger
from tests.bench.usage import COMPILERS, running_s, spent_s, usage

_JOBS = ("validate_events", "compute_features")
_PATIENCE_S = 60.0
#: Traffic before anything is measured: until then the JVM is still compiling itself.
_WARM_PER_S, _WARM_S = 5_000, 90
_PROBE_S, _LOOK_S = 0.1, 5.0


def freshness(plan: Plan) -> Iterator[Row]:
    """p50 and p99 by rate and mini-batch interval; both jobs with all views of the catalogue, 1% faults."""
    with a_stack() as stack, redis.Redis.from_url(stack.endpoints.redis) as client:
        for mini_batch_ms in plan.mini_batches_ms:
            # Redis is emptied, since the new jobs count all that the topics still hold.
            client.flushdb()
            ids = [_submit(stack, job, mini_batch_ms) for job in _JOBS]
            _warm_up(stack, client)
            for rate_per_s in plan.rates_per_s:
                yield from _measured(stack, client, rate_per_s, plan.seconds, mini_batch_ms)
            for job_id in ids:
                FlinkRest(stack.endpoints.flink).cancel(job_id)


def _submit(stack: Stack, job: str, mini_batch_ms: int) -> str:
    where = stack.endpoints
    options = Options(kafka=where.kafka, redis=where.redis, mini_batch_ms=mini_batch_ms)
    file = Path(flink_jobs.__file__).parent / f"{job}.py"
    job_id = submit(stack.settings, where, file, options.arguments())
    FlinkRest(where.flink).wait_running(job_id)
    return job_id


def _prober(stack: Stack, client: redis.Redis, run: str) -> Prober:
    sink, name = KafkaSink(stack.endpoints.kafka), f"{run}-{time.time_ns()}"
    return Prober(sink, FeatureReader(client), name, _PROBE_S)


def _warm_up(stack: Stack, client: redis.Redis) -> None:
    """Python workers start with the first event, and the JVM is slow at first and busy with itself."""
    prober = _prober(stack, client, "warm")
    prober.start()
    with _generate(stack, _WARM_PER_S, _WARM_S) as traffic:
        traffic.communicate()
    if not prober.stop(_PATIENCE_S).seconds:
        raise HeadwaterError(f"no feature within {_PATIENCE_S:.0f} s", "look at Flink's log")


def _measured(
    stack: Stack, client: redis.Redis, rate_per_s: int, seconds: int, mini_batch_ms: int
) -> Iterator[Row]:
    of = f"{rate_per_s:,} events/s, mini-batch {mini_batch_ms} ms"
    with Watcher(stack.endpoints.kafka) as kafka, _generate(stack, rate_per_s, seconds) as traffic:
        _wait_begun(traffic, kafka)
        prober, before = _prober(stack, client, str(rate_per_s)), usage(stack.paths)
        prober.start()
        lags = list(_lags(traffic, kafka, client))
        output, _ = traffic.communicate()
        spent = spent_s(before, usage(stack.paths))
        found = prober.stop(_PATIENCE_S)
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


def _wait_begun(traffic: subprocess.Popen[str], kafka: Watcher) -> None:
    """Until the first is sent: a probe of the quiet before would be too good."""
    before = _written(kafka)
    while traffic.poll() is None and _written(kafka) == before:
        time.sleep(0.2)


def _lags(traffic: subprocess.Popen[str], kafka: Watcher, client: redis.Redis) -> Iterator[int]:
    """How many events are sent and not counted, every few seconds while traffic is sent."""
    while traffic.poll() is None:
        time.sleep(_LOOK_S)
        counted = sum(ledger(client).values())
        yield max(_written(kafka) - counted, 0)


def _written(kafka: Watcher) -> int:
    return sum(n for (topic, _), n in kafka.look(0).written.items() if topic.startswith("events."))


def _generate(stack: Stack, rate_per_s: int, seconds: int) -> subprocess.Popen[str]:
    """A process of its own: a sender that waits for the watcher would measure the watcher."""
    options = {"rate": rate_per_s, "seconds": seconds, "faults": 0.01, "kafka": stack.endpoints.kafka}
    words = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "headwater", "generate", "--prepare", "--json", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
