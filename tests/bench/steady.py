"""Both jobs under steady traffic, long enough for their JVM to have compiled itself."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
from tests.bench.servers import Stack

_JOBS = ("validate_events", "compute_features")
_WARM_PER_S, _WARM_S, _PATIENCE_S = 5_000, 90, 60.0
_PROBE_S = 0.1


@contextmanager
def both_jobs(stack: Stack, client: redis.Redis, mini_batch_ms: int) -> Iterator[None]:
    """Gate and features, with all views of the catalogue, warm."""
    # Redis is emptied, since the new jobs count all that the topics still hold.
    client.flushdb()
    ids = [_submit(stack, job, mini_batch_ms) for job in _JOBS]
    _warm_up(stack, client)
    yield
    for job_id in ids:
        FlinkRest(stack.endpoints.flink).cancel(job_id)


def prober(stack: Stack, client: redis.Redis, run: str) -> Prober:
    """One that asks ten times a second."""
    sink, name = KafkaSink(stack.endpoints.kafka), f"{run}-{time.time_ns()}"
    return Prober(sink, FeatureReader(client), name, _PROBE_S)


def generate(stack: Stack, rate_per_s: int, seconds: int) -> subprocess.Popen[str]:
    """Traffic with 1% faults, made before it is sent, by a process of its own: a sender that waits for the
    watcher would measure the watcher."""
    options = {"rate": rate_per_s, "seconds": seconds, "faults": 0.01, "kafka": stack.endpoints.kafka}
    words = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "headwater", "generate", "--prepare", "--json", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def wait_begun(traffic: subprocess.Popen[str], kafka: Watcher) -> None:
    """Until the first is sent: what is measured in the quiet before would be too good."""
    before = written(kafka)
    while traffic.poll() is None and written(kafka) == before:
        time.sleep(0.2)


def written(kafka: Watcher) -> int:
    """How many records all raw topics hold."""
    return sum(n for (topic, _), n in kafka.look(0).written.items() if topic.startswith("events."))


def _submit(stack: Stack, job: str, mini_batch_ms: int) -> str:
    where = stack.endpoints
    options = Options(kafka=where.kafka, redis=where.redis, mini_batch_ms=mini_batch_ms)
    file = Path(flink_jobs.__file__).parent / f"{job}.py"
    job_id = submit(stack.settings, where, file, options.arguments())
    FlinkRest(where.flink).wait_running(job_id)
    return job_id


def _warm_up(stack: Stack, client: redis.Redis) -> None:
    """Python workers start with the first event, and the JVM is slow at first and busy with itself."""
    probes = prober(stack, client, "warm")
    probes.start()
    with generate(stack, _WARM_PER_S, _WARM_S) as traffic:
        traffic.communicate()
    if not probes.stop(_PATIENCE_S).seconds:
        raise HeadwaterError(f"no feature within {_PATIENCE_S:.0f} s", "look at Flink's log")
