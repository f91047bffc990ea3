"""A profile of the Python workers under steady traffic: where the time goes that holds the interpreter.

Sampled from outside by py-spy, which needs leave to trace processes: https://github.com/benfred/py-spy
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import redis

from headwater.errors import HeadwaterError
from headwater.positions import Watcher
from tests.bench.figure import Plan, Row
from tests.bench.servers import a_stack
from tests.bench.steady import both_jobs, generate, wait_begun
from tests.bench.usage import WORKERS, usage

_RATE_PER_S, _SECONDS = 5_000, 40
_SAMPLED_S, _SAMPLES_PER_S = 10, 200
_SHOWN = 15
_FRAME = re.compile(r"([^;]+) \((?:[^;]*/)?([^;/]+)\.py(?::\d+)?\)")


def workers(plan: Plan) -> Iterator[Row]:
    """Share of a core by worker, then by function with what it calls, the costliest first."""
    with (
        a_stack() as stack,
        redis.Redis.from_url(stack.endpoints.redis) as client,
        both_jobs(stack, client, plan.mini_batches_ms[0]),
        Watcher(stack.endpoints.kafka) as kafka,
        generate(stack, _RATE_PER_S, _SECONDS) as traffic,
    ):
        wait_begun(traffic, kafka)
        pids = sorted(pid for pid, use in usage(stack.paths).items() if use.part == WORKERS)
        profiles = [_sampled(pid) for pid in pids]
        traffic.communicate()
    # A worker has helpers that run no Python.
    for n, stacks in enumerate(filter(None, profiles), start=1):
        yield from profile(f"worker {n}", stacks)


def profile(name: str, stacks: Iterable[str]) -> Iterator[Row]:
    """Rows from lines of frames, outermost first, and the number of samples.

    >>> lines = ["main (/a/b.py:1);judge (/a/gate.py:7) 30", "main (/a/b.py:1) 10"]
    >>> [(row.figure, row.value) for row in profile("w", lines)]
    [('w: all', 2.0), ('w: b.main', 2.0), ('w: gate.judge', 1.5)]
    """
    total, by_function = 0, Counter[str]()
    for line in stacks:
        frames, _, samples = line.rpartition(" ")
        total += int(samples)
        functions = {f"{file}.{function}" for function, file in _FRAME.findall(frames)}
        by_function.update(dict.fromkeys(functions, int(samples)))
    per_core = 100 / (_SAMPLED_S * _SAMPLES_PER_S)
    yield Row(f"{name}: all", "% of a core", total * per_core)
    for function, samples in by_function.most_common(_SHOWN):
        yield Row(f"{name}: {function}", "% of a core", samples * per_core)


def _sampled(pid: int) -> list[str]:
    program = Path(sys.executable).with_name("py-spy")
    if not program.exists():
        raise HeadwaterError("py-spy is not installed", "make setup")
    with tempfile.NamedTemporaryFile("r", suffix=".stacks") as found:
        options = {"--duration": _SAMPLED_S, "--rate": _SAMPLES_PER_S, "--pid": pid, "--output": found.name}
        words = [
            program,
            "record",
            "--gil",
            "--format",
            "raw",
            *(w for pair in options.items() for w in pair),
        ]
        done = subprocess.run(list(map(str, words)), capture_output=True, check=False)
        # A process without Python in it, such as the shell that started a worker, cannot be sampled.
        return found.read().splitlines() if done.returncode == 0 else []
