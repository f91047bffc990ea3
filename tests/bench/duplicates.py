"""Marking producers' duplicates: the gate's memory of ids beside the plain way in SQL, a COUNT over each id.

And what telling a restart's repeats by source position costs. All of it on one stack in one run.
"""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from uuid import UUID

import numpy as np
import polars as pl
import psutil

from flink_jobs.options import Options
from headwater.errors import HeadwaterError
from headwater.runtime.flink_rest import FlinkRest
from headwater.runtime.submit import submit
from tests.bench.by_hand import PATIENCE_S
from tests.bench.duplicates_job import FORMS
from tests.bench.figure import Plan, Row, cpu_us
from tests.bench.race import Race
from tests.bench.servers import ROOT, Stack, a_stack
from tests.bench.traffic import preload
from tests.bench.usage import ours_s, spent_s, usage
from validators.duplicates import Hashes, RecentIds
from validators.gate import HORIZON_MS

_HELD = (100_000, 1_000_000, 5_000_000)
#: Ids in one call of the gate's memory: a batch of one partition, or an even share of 16.
_CALLS = (2_000, 125)
_JOB = Path(__file__).with_name("duplicates_job.py")
#: The first round warms the TaskManager up and is not counted.
_ROUNDS = 3


def duplicates(plan: Plan) -> Iterator[Row]:
    """CPU-µs and bytes an id in the gate, then CPU-µs an event that each form in SQL adds to reading."""
    yield from memory(_HELD)
    # Flink's client runs the job file with the packages that are installed, and tests are not.
    os.environ["PYTHONPATH"] = str(ROOT)
    with a_stack() as stack:
        sent = preload(stack.endpoints.kafka, plan.events, time.time_ns() // 1_000_000)
        Race(stack, sent).gate()
        yield Row("events in valid.* and quarantine.*", "events", sent)
        yield Row("load average at the start", "", psutil.getloadavg()[0])
        yield from _in_sql(stack, sent)
        yield Row("load average at the end", "", psutil.getloadavg()[0])


def memory(held: tuple[int, ...]) -> Iterator[Row]:
    """The gate's memory, fresh ids only: what an id costs while the memory doubles to a size."""
    rng = Random(1)
    ids = pl.Series([str(UUID(int=rng.getrandbits(128))) for _ in range(max(_CALLS))])
    yield Row("gate: hash of an id", "µs/id", cpu_us(lambda: ids.hash().to_numpy(), len(ids)))
    for size in _CALLS:
        hashes = np.random.default_rng(1).integers(1 << 63, size=held[-1], dtype=np.uint64)
        recent, filled = RecentIds(HORIZON_MS), 0
        for n in held:
            half = n // 2
            _fill(recent, hashes[filled:half], size)
            began_s = time.process_time()
            _fill(recent, hashes[half:n], size)
            took_s, filled = time.process_time() - began_s, n
            yield Row(f"gate: {n:,} ids held, {size:,} a call", "µs/id", took_s / (n - half) * 1e6)
            if size == _CALLS[0]:
                yield Row(f"gate: {n:,} ids held", "bytes/id", len(pickle.dumps(recent)) / n)


def _fill(recent: RecentIds, hashes: Hashes, size: int) -> None:
    for start in range(0, len(hashes), size):
        recent.add(hashes[start : start + size], 0)


def _in_sql(stack: Stack, events: int) -> Iterator[Row]:
    spent: dict[str, list[float]] = {form: [] for form in FORMS}
    for _ in range(_ROUNDS):
        for form, runs in spent.items():
            runs.append(_run(stack, form))
    us = {form: np.array(runs[1:]) / events * 1e6 for form, runs in spent.items()}
    for form, of_form in us.items():
        alone = form == "reading"
        what = "SQL: reading, start-up included" if alone else f"SQL: {form}, with minus without"
        without = 0.0 if alone else float(np.mean(us["reading"]))
        yield Row(what, "µs/event", float(np.mean(of_form)) - without)
        yield Row(f"SQL: {form}, between its runs", "µs/event", float(np.ptp(of_form)))


def _run(stack: Stack, form: str) -> float:
    """CPU-seconds of the TaskManager from before a job is submitted until it has read everything."""
    where, cluster = stack.endpoints, FlinkRest(stack.endpoints.flink)
    before = usage(stack.paths)
    job = submit(
        stack.settings, where, _JOB, [form, *Options(kafka=where.kafka, redis=where.redis).arguments()]
    )
    deadline_s = time.monotonic() + PATIENCE_S
    while (state := cluster.state(job)) != "FINISHED":
        if state == "FAILED" or time.monotonic() > deadline_s:
            raise HeadwaterError(f"{form}: {state} {cluster.root_cause(job)}", "void")
        time.sleep(0.2)
    return ours_s(spent_s(before, usage(stack.paths)))
