"""The jobs: their files, their place in the flow, and how one is handed to the cluster."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import flink_jobs
from flink_jobs.options import Options
from headwater.errors import HeadwaterError
from headwater.runtime.endpoints import Endpoints
from headwater.runtime.flink_rest import ENDED, FlinkRest
from headwater.runtime.submit import submit
from headwater.runtime.topics import topic_drift
from headwater.settings import Settings

#: In any order: who reads finds in Kafka what was written before.
JOBS: tuple[str, ...] = ("compute_features", "update_models", "validate_events")

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
    with ThreadPoolExecutor(len(names)) as pool:
        return list(pool.map(lambda name: ensure_running(settings, endpoints, name, say), names))


def ensure_running(
    settings: Settings, endpoints: Endpoints, name: str, say: Callable[[str], None]
) -> Submitted:
    """Start a job unless it runs, and wait until all of it runs.

    It starts without state, so its generation is the time: greater than that of any start before.
    """
    cluster = FlinkRest(endpoints.flink)
    for job in cluster.jobs():
        if job.name == name and job.state not in ENDED:
            cluster.wait_running(job.id)
            return Submitted(name, job.id, started=False)
    missing = [d.topic for d in topic_drift(endpoints.kafka) if d.setting == "topic"]
    if missing:
        raise HeadwaterError(f"Kafka has no topic {', '.join(missing)}", "create them: headwater up")
    say(f"submitting {name}")
    told = replace(options(settings, endpoints), generation=int(time.time()))
    file = _DIRECTORY / f"{known(name)}.py"
    job_id = submit(settings, endpoints, file, told.arguments(), worker_python=settings.worker_python)
    cluster.wait_running(job_id)
    return Submitted(name, job_id, started=True)


def cancel(endpoints: Endpoints, name: str) -> bool:
    """End a job; True if it ran. It does not go on from here: the next start is without its state."""
    cluster = FlinkRest(endpoints.flink)
    running = [j for j in cluster.jobs() if j.name == known(name) and j.state not in ENDED]
    for job in running:
        cluster.cancel(job.id)
    return bool(running)
