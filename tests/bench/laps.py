"""Jobs that pass all events of a preload, and what they spend on the way."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import flink_jobs
from flink_jobs.options import Options
from headwater.errors import HeadwaterError
from headwater.runtime.flink_rest import FlinkRest
from headwater.runtime.submit import submit
from tests.bench.by_hand import PATIENCE_S
from tests.bench.servers import Stack
from tests.bench.usage import Spent, spent_s, usage

GATE, FEATURES = (
    Path(flink_jobs.__file__).parent / f"{name}.py" for name in ("validate_events", "compute_features")
)


@dataclass(frozen=True)
class Lap:
    """One form's run: CPU-seconds by part until the first output, from there to half, and to the end."""

    start: Spent
    first_half: Spent
    second_half: Spent
    took_s: float

    @property
    def run(self) -> Spent:
        """Past start-up."""
        return _sum(self.first_half, self.second_half)

    @property
    def whole(self) -> Spent:
        """From the submission to the end."""
        return _sum(self.start, self.run)


def _sum(one: Spent, other: Spent) -> Spent:
    return defaultdict(float, {part: one[part] + other[part] for part in {*one, *other}})


def run_lap(
    stack: Stack,
    events: int,
    jobs: Sequence[Path],
    done: Callable[[], int],
    look: Callable[[list[str]], object] = lambda _: None,
    options: Options | None = None,
) -> Lap:
    """Run jobs until `done()` says so many events; `look` at them, by their ids, while they still stand."""
    where, cluster = stack.endpoints, FlinkRest(stack.endpoints.flink)
    told = replace(options or Options(), kafka=where.kafka, redis=where.redis).arguments()

    def until(n: int) -> None:
        deadline_s = time.monotonic() + PATIENCE_S
        while (now := done()) < n:
            if time.monotonic() > deadline_s or any(cluster.state(i) == "FAILED" for i in ids):
                cause = " ".join(cluster.root_cause(i) for i in ids)
                raise HeadwaterError(f"{now:,} of {n:,} events after {PATIENCE_S:.0f} s {cause}", "void")
            time.sleep(0.1)

    before = usage(stack.paths)
    ids = [submit(stack.settings, where, job, told) for job in jobs]
    until(1)
    first, began_s = usage(stack.paths), time.monotonic()
    until(events // 2)
    half = usage(stack.paths)
    until(events)
    took_s = time.monotonic() - began_s
    time.sleep(1.0)  # the last mini-batch
    end = usage(stack.paths)
    look(ids)
    for job_id in ids:
        cluster.cancel(job_id)
    time.sleep(3.0)  # their Python workers end
    return Lap(spent_s(before, first), spent_s(first, half), spent_s(half, end), took_s)
