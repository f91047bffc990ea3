"""The jobs: their files, their place in the flow, and how one is handed to the cluster."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import flink_jobs
from features.catalog import VIEWS
from features.duration import parse_ms
from flink_jobs.options import Options
from headwater import runs
from headwater.errors import HeadwaterError
from headwater.redis_client import client
from headwater.runtime.endpoints import Endpoints
from headwater.runtime.flink_rest import ENDED, FlinkRest
from headwater.runtime.paths import Paths
from headwater.runtime.submit import submit
from headwater.runtime.topics import topic_drift
from headwater.settings import Settings
from sinks.redis_ledger import RedisLedger

#: In any order: who reads finds in Kafka what was written before.
JOBS: tuple[str, ...] = ("compute_features", "update_models", "validate_events")

#: Those that make features of events; the rest learns from them.
OF_FEATURES = ("compute_features", "validate_events")

_FEATURES, _GENERATION_KEY = "compute_features", "hw:job:compute_features:generation"
_DIRECTORY = Path(flink_jobs.__file__).parent


@dataclass(frozen=True)
class Submitted:
    """A job that runs: its id, and whether this call started it."""

    job: str
    id: str
    started: bool


def known(name: str) -> str:
    """The name, or a HeadwaterError that lists the jobs there are."""
    if name not in JOBS:
        raise HeadwaterError(f"there is no job {name!r}", f"use one of {', '.join(JOBS)}")
    return name


def options(settings: Settings, endpoints: Endpoints) -> Options:
    """What a job is told, from the settings."""
    return Options(
        kafka=endpoints.kafka,
        redis=endpoints.redis,
        parallelism=settings.parallelism,
        checkpoint_ms=settings.checkpoint_ms,
        mini_batch_ms=settings.mini_batch_ms,
        take_window_ms=settings.take_window_ms,
    )


def ensure_all(
    settings: Settings, endpoints: Endpoints, names: Sequence[str], say: Callable[[str], None]
) -> list[Submitted]:
    """Start the jobs that do not run, side by side: most of a start is waiting."""
    needed = settings.parallelism * len(JOBS)
    if not settings.flink and needed > settings.task_slots:
        problem = f"HEADWATER_TASK_SLOTS is {settings.task_slots}, and {len(JOBS)} jobs of parallelism"
        raise HeadwaterError(
            f"{problem} {settings.parallelism} need {needed}", "raise it, then headwater down, up"
        )
    with ThreadPoolExecutor(len(names)) as pool:
        return list(pool.map(lambda name: ensure_running(settings, endpoints, name, say), names))


def ensure_running(
    settings: Settings, endpoints: Endpoints, name: str, say: Callable[[str], None]
) -> Submitted:
    """Start a job unless it runs, and wait until all of it runs.

    It goes on from its last checkpoint here when its SQL is still the same and Redis still holds what it
    wrote; otherwise it starts without state, as a new generation.
    """
    cluster, paths = FlinkRest(endpoints.flink), Paths.of(settings)
    with runs.held(paths, known(name)):
        for job in cluster.jobs():
            if job.name == name and job.state not in ENDED:
                cluster.wait_running(job.id)
                return Submitted(name, job.id, started=False)
        missing = [d.topic for d in topic_drift(endpoints.kafka) if d.setting == "topic"]
        if missing:
            raise HeadwaterError(f"Kafka has no topic {', '.join(missing)}", "create them: headwater up")
        told, before = options(settings, endpoints), runs.read(paths, name)
        plan = runs.plan_of(name, told)
        checkpoint = None
        if before and before.plan == plan and intact(endpoints, name, before):
            checkpoint = runs.checkpoint_of(paths, before)
        if before and checkpoint:
            say(f"submitting {name}, to go on from a checkpoint")
            generation = before.generation
        else:
            say(f"submitting {name}")
            generation = _begin(endpoints, name, before)
        job_id = submit(
            settings,
            endpoints,
            _DIRECTORY / f"{name}.py",
            replace(told, generation=generation, replay_from_ms=_replay_from_ms(generation)).arguments(),
            savepoint=checkpoint,
            worker_python=settings.worker_python if settings.flink else None,
        )
        runs.write(paths, name, runs.Run(job_id, plan, generation, checkpoint))
        cluster.wait_running(job_id)
    return Submitted(name, job_id, started=True)


def intact(endpoints: Endpoints, name: str, run: runs.Run) -> bool:
    """Whether Redis holds the features of this generation; false when it was emptied.

    The other jobs write absolute values again by themselves.
    """
    if name != _FEATURES:
        return True
    with client(endpoints.redis) as redis:
        found = redis.get(_GENERATION_KEY)
    return found is not None and int(found) == run.generation  # type: ignore[arg-type]


def _begin(endpoints: Endpoints, name: str, before: runs.Run | None) -> int:
    """The number of a new generation: the time in seconds, or one more than the last if clocks went back."""
    generation = max(int(time.time()), before.generation + 1 if before else 0)
    if name == _FEATURES:
        with client(endpoints.redis) as redis:
            redis.set(_GENERATION_KEY, generation)
            RedisLedger(redis).clear()
    return generation


def _replay_from_ms(generation: int) -> int:
    """What a job without state must read again: all that the longest window can see, and one tile."""
    windows = [(parse_ms(w), parse_ms(tile)) for view in VIEWS.values() for w, tile in view.windows.items()]
    return generation * 1_000 - max(window + tile for window, tile in windows)


def cancel(settings: Settings, endpoints: Endpoints, name: str) -> bool:
    """End a job for good; True if it ran. The next start goes on from its last checkpoint, if it can."""
    paths = Paths.of(settings)
    with runs.held(paths, known(name)):
        if run := runs.read(paths, name):
            runs.write(paths, name, replace(run, wanted=False))
        return end(endpoints, name)


def mend(settings: Settings, endpoints: Endpoints, name: str, say: Callable[[str], None]) -> None:
    """Start a job again that should run and does not, or whose features Redis has lost."""
    paths = Paths.of(settings)
    with runs.held(paths, name):
        run = runs.read(paths, name)
        if run is None or not run.wanted:
            return
        if not intact(endpoints, name, run) and end(endpoints, name):
            say(f"Redis lost what {name} wrote: counting it again")
    ensure_running(settings, endpoints, name, say)


def end(endpoints: Endpoints, name: str) -> bool:
    """End a job; True if it ran. The supervisor will start it again."""
    cluster = FlinkRest(endpoints.flink)
    running = [job for job in cluster.jobs() if job.name == name and job.state not in ENDED]
    for job in running:
        cluster.cancel(job.id)
    return bool(running)
