"""The race: both jobs on a real cluster, beside loops written by hand, on the same topics in the same run.

A form whose verdicts or tiles differ from the others' is void, and the run fails.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import redis
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from flink_jobs.options import features_group
from headwater.errors import HeadwaterError
from headwater.runtime.flink_rest import FlinkRest
from schemas.events import EVENT_NAMES
from schemas.topics import PARTITIONS, quarantine, valid
from tests.bench.by_hand import by_hand, scratch_topics
from tests.bench.figure import Plan, Row
from tests.bench.laps import GATE, Lap, run_lap
from tests.bench.operators import operators
from tests.bench.servers import ROOT, Stack, a_stack
from tests.bench.totals import Totals, ledger, totals
from tests.bench.traffic import preload
from tests.bench.usage import Usage, ours_s, running_s, usage

FEATURES = Path(__file__).parent / "race_job.py"
_JUDGED = [
    (topic(e), p)
    for e in EVENT_NAMES
    for topic, n in ((valid, PARTITIONS), (quarantine, 1))
    for p in range(n)
]


def race(plan: Plan) -> Iterator[Row]:
    """CPU-µs an event of each form, and its ratio to the loop."""
    # Flink's client runs the job file with the packages that are installed, and tests are not.
    os.environ["PYTHONPATH"] = str(ROOT)
    with a_stack() as stack:
        events = preload(stack.endpoints.kafka, plan.events, time.time_ns() // 1_000_000)
        yield Row("events preloaded", "events", events)
        yield Row("load average at the start", "", psutil.getloadavg()[0])
        yield from Race(stack, events).rows()


class Race:
    """The forms in turn, on one stack."""

    def __init__(self, stack: Stack, events: int) -> None:
        self._stack, self._events = stack, events
        self._cluster = FlinkRest(stack.endpoints.flink)
        self._redis = redis.Redis.from_url(stack.endpoints.redis)
        quiet: dict[str, str | int | float | bool] = {
            "bootstrap.servers": stack.endpoints.kafka,
            "log_level": 0,
        }
        self._admin = AdminClient(quiet)
        self._consumer = Consumer(quiet | {"group.id": "bench-look"})
        self._base: dict[tuple[str, int], int] = dict.fromkeys(_JUDGED, 0)

    def rows(self) -> Iterator[Row]:
        """Everything, cheapest set-up first."""
        found: dict[str, Totals] = {}
        scratch_topics(self._stack.endpoints.kafka)
        hand = {}
        for name in ("loop", "vectorised"):
            hand[name], found[name] = by_hand(self._stack, name, self._events)
            _same(name, found)
        gate = self.gate()
        features, after, table = self._features()
        found["features"] = totals(self._redis)
        _same("features", found)
        self._empty()
        # The gate comes last, or it would have judged thousands before the first of them is counted.
        both = self._lap([FEATURES, GATE], self._counted)
        found["both at once"] = totals(self._redis)
        _same("both at once", found)

        loop_us = hand["loop"]["cpu_s"] / self._events * 1e6
        for name, told in hand.items():
            yield Row(f"{name}: CPU", "µs/event", told["cpu_s"] / self._events * 1e6)
        for name, lap in (("gate", gate), ("features", features), ("both at once", both)):
            yield from self._lap_rows(name, lap)
        for name, laps in (("gate + features", (gate, features)), ("both at once", (both,))):
            for what, cpu_s in (("CPU", running_s), ("CPU, JVM's compiling included", ours_s)):
                whole_us = self._us(sum(cpu_s(lap.run) for lap in laps))
                late_us = 2 * self._us(sum(cpu_s(lap.second_half) for lap in laps))
                yield Row(f"{name}: {what}, over the loop's", "x", whole_us / loop_us)
                yield Row(f"{name}: {what}, second half, over the loop's", "x", late_us / loop_us)
        vectorised_us = hand["vectorised"]["cpu_s"] / self._events * 1e6
        yield Row("vectorised: CPU over the loop's", "x", vectorised_us / loop_us)
        for name, told in hand.items():
            yield Row(f"{name}: start-up", "CPU-s", told["start_up_s"])
            yield Row(f"{name}: memory at its peak", "MiB", told["peak_bytes"] / 2**20)
        yield from table
        for use in after.values():
            yield Row(f"{use.part}: memory", "MiB", use.rss_bytes / 2**20)
        yield Row("tiles in Redis at the end", "tiles", sum(view[1] for view in found["loop"].views))
        yield Row("load average at the end", "", psutil.getloadavg()[0])

    def _lap_rows(self, name: str, lap: Lap) -> Iterator[Row]:
        yield Row(f"{name}: CPU", "µs/event", self._us(running_s(lap.run)))
        yield Row(f"{name}: CPU, second half", "µs/event", 2 * self._us(running_s(lap.second_half)))
        for part, cpu_s in sorted(lap.run.items()):
            yield Row(f"{name}: CPU of {part}", "µs/event", self._us(cpu_s))
        yield Row(f"{name}: start-up", "CPU-s", ours_s(lap.start))
        yield Row(f"{name}: passed", "events/s", self._events / lap.took_s)

    def _us(self, cpu_s: float) -> float:
        return cpu_s / self._events * 1e6

    def gate(self) -> Lap:
        """The gate alone; what it wrote stays."""
        return self._lap([GATE], self._written)

    def _features(self) -> tuple[Lap, Usage, list[Row]]:
        seen: list[Any] = []
        lap = self._lap(
            [FEATURES],
            self._counted,
            lambda ids: seen.extend((usage(self._stack.paths), list(operators(self._cluster, ids[0])))),
        )
        return lap, seen[0], seen[1]

    def _lap(
        self, jobs: list[Path], done: Callable[[], int], look: Callable[[list[str]], object] = lambda _: None
    ) -> Lap:
        return run_lap(self._stack, self._events, jobs, done, look)

    def _counted(self) -> int:
        return sum(ledger(self._redis).values())

    def _written(self) -> int:
        return sum(self._end(at) - base for at, base in self._base.items())

    def _end(self, at: tuple[str, int]) -> int:
        return int(self._consumer.get_watermark_offsets(TopicPartition(*at), timeout=10.0)[1])

    def _empty(self) -> None:
        """Forget what the gate wrote and how far it was, so that it begins again."""
        self._redis.flushdb()
        self._base = {at: self._end(at) for at in _JUDGED}
        ends = [TopicPartition(*at, offset) for at, offset in self._base.items()]
        for future in self._admin.delete_records(ends).values():
            future.result()
        for future in self._admin.delete_consumer_groups(["validate_events", features_group(0)]).values():
            future.result()


def _same(name: str, found: dict[str, Totals]) -> None:
    if found[name] != found["loop"]:
        raise HeadwaterError(f"void: {name} ended with {found[name]}", f"the loop with {found['loop']}")
