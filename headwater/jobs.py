"""The jobs: their files, their place in the flow, and how one is handed to the cluster."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import flink_jobs
from flink_jobs.options import Options
from headwater import generations, runs
from headwater.errors import HeadwaterError
from headwater.positions import AUDIT, FEATURES, GATE, MODELS, SCORES
from headwater.replayed import replay_from_ms
from headwater.runtime.endpoints import Endpoints
from headwater.runtime.flink_rest import FlinkRest
from headwater.runtime.paths import Paths
from headwater.runtime.submit import submit
from headwater.runtime.topics import topic_drift
from headwater.settings import Settings
from headwater.view_names import view_names

#: In any order: who reads finds in Kafka what was written before.
JOBS: tuple[str, ...] = (AUDIT, FEATURES, MODELS, SCORES, GATE)

#: Those that make features of events; the rest learns from them.
OF_FEATURES = (FEATURES, GATE)

_DIRECTORY = Path(flink_jobs.__file__).parent
_LOOK_S, _SAY_S = 0.5, 5.0


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
        churn_horizon_ms=settings.churn_horizon_ms,
        views=",".join(view_names(settings)),
    )


def ensure_all(
    settings: Settings, endpoints: Endpoints, names: Sequence[str], say: Callable[[str], None]
) -> list[Submitted]:
    """Start the jobs that do not run, side by side: most of a start is waiting. Features have caught up."""
    needed = settings.parallelism * len(JOBS)
    if not settings.flink and needed > settings.task_slots:
        problem = f"HEADWATER_TASK_SLOTS is {settings.task_slots}, and {len(JOBS)} jobs of parallelism"
        raise HeadwaterError(
            f"{problem} {settings.parallelism} need {needed}", "raise it, then headwater down, up"
        )
    with ThreadPoolExecutor(len(names)) as pool:
        found = list(pool.map(lambda name: ensure_running(settings, endpoints, name, say), names))
    if FEATURES in names:
        _wait_whole(settings, endpoints, say)
    return found


def ensure_running(
    settings: Settings, endpoints: Endpoints, name: str, say: Callable[[str], None]
) -> Submitted:
    """Start a job unless it runs, and wait until all of it runs.

    It goes on from its last checkpoint here when its SQL is still the same and Redis still holds what it
    wrote; otherwise it starts without state, as a new generation, also where it runs and Redis was emptied.
    """
    paths = Paths.of(settings)
    with runs.held(paths, known(name)):
        before, plan = runs.read(paths, name), runs.plan_of(name, options(settings, endpoints))
        whole = before is not None and intact(endpoints, name, before)
        if before and not whole and end(endpoints, name):
            say(f"Redis lost what {name} wrote: counting it again")
        if job_id := _running(endpoints, name):
            if before and before.plan != plan:
                say(f"{name} runs other SQL than it would now: {_renewal(name)}")
            FlinkRest(endpoints.flink).wait_running(job_id)
            return Submitted(name, job_id, started=False)
        if before and before.plan == plan and whole:
            checkpoint = runs.checkpoint_of(paths, before)
            return _start(settings, endpoints, name, before, checkpoint, say)
        return _start(settings, endpoints, name, before, None, say)


def deploy(settings: Settings, endpoints: Endpoints, again: bool, say: Callable[[str], None]) -> Submitted:
    """Count the features as they are declared now, beside those that are read, and change over at the end.

    Nothing is done where the running job has this very SQL and Redis what it wrote, unless told to count
    `again`. If this call is ended before the new generation has caught up, the supervisor or the next call
    changes over.
    """
    paths, cluster = Paths.of(settings), FlinkRest(endpoints.flink)
    with runs.held(paths, FEATURES):
        before, running = runs.read(paths, FEATURES), _running(endpoints, FEATURES)
        same = before is not None and before.plan == runs.plan_of(FEATURES, options(settings, endpoints))
        if running and before and same and intact(endpoints, FEATURES, before) and not again:
            found = Submitted(FEATURES, running, started=False)
        else:
            free = cluster.free_slots()
            if free < settings.parallelism:
                problem = f"a second {FEATURES} needs {settings.parallelism} task slots and {free} are free"
                raise HeadwaterError(problem, "cancel a job, or raise HEADWATER_TASK_SLOTS and start again")
            found = _start(settings, endpoints, FEATURES, before, None, say)
    _wait_whole(settings, endpoints, say)
    if before and found.started:
        runs.forget(paths, before, kept=None)
    return found


def _start(
    settings: Settings,
    endpoints: Endpoints,
    name: str,
    before: runs.Run | None,
    checkpoint: str | None,
    say: Callable[[str], None],
) -> Submitted:
    missing = [d.topic for d in topic_drift(endpoints.kafka) if d.setting == "topic"]
    if missing:
        raise HeadwaterError(f"Kafka has no topic {', '.join(missing)}", "create them: headwater up")
    paths, told = Paths.of(settings), options(settings, endpoints)
    if before and checkpoint:
        say(f"submitting {name}, to go on from a checkpoint")
        generation = before.generation
    else:
        say(f"submitting {name}")
        # The time in seconds, or one more than the last if clocks went back.
        generation = max(int(time.time()), before.generation + 1 if before else 0)
        if name == FEATURES:
            generations.begin(endpoints, generation, view_names(settings))
    job_id = submit(
        settings,
        endpoints,
        _DIRECTORY / f"{name}.py",
        replace(
            told, generation=generation, replay_from_ms=replay_from_ms(settings, name, generation)
        ).arguments(),
        savepoint=checkpoint,
        worker_python=settings.worker_python if settings.flink else None,
    )
    runs.write(paths, name, runs.Run(job_id, runs.plan_of(name, told), generation, checkpoint))
    if before and checkpoint:
        runs.forget(paths, before, checkpoint)
    FlinkRest(endpoints.flink).wait_running(job_id)
    return Submitted(name, job_id, started=True)


def _running(endpoints: Endpoints, name: str) -> str | None:
    """The id of a job that runs; the newest, if one is to take the place of another."""
    return next((job.id for job in FlinkRest(endpoints.flink).running(name)), None)


def _renewal(name: str) -> str:
    return (
        "headwater deploy" if name == FEATURES else f"headwater cancel {name}, then headwater submit {name}"
    )


def _wait_whole(settings: Settings, endpoints: Endpoints, say: Callable[[str], None]) -> None:
    """Return once the features that are read are whole; HeadwaterError if their job ends before."""
    told_s = time.monotonic()
    while left := _take_over(settings, endpoints):
        if _running(endpoints, FEATURES) is None:
            raise HeadwaterError(f"{FEATURES} ended before it had caught up", f"look at {endpoints.flink}")
        if time.monotonic() - told_s > _SAY_S:
            told_s = time.monotonic()
            say(f"{FEATURES} catches up: {left:,} records to go")
        time.sleep(_LOOK_S)


def _take_over(settings: Settings, endpoints: Endpoints) -> int:
    """Let the last generation that was started be read, once it has caught up; how many records it lacks."""
    with runs.held(Paths.of(settings), FEATURES):
        run = runs.read(Paths.of(settings), FEATURES)
        return generations.take_over(endpoints, run.job_id, run.generation) if run and run.wanted else 0


def intact(endpoints: Endpoints, name: str, run: runs.Run) -> bool:
    """Whether Redis holds the features of this generation; false when it was emptied.

    The other jobs write absolute values again by themselves.
    """
    return name != FEATURES or generations.stands(endpoints, run.generation)


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
        # Asked every second: what runs is left alone, without working out what it should be.
        well = intact(endpoints, name, run) and _running(endpoints, name) is not None
    if not well:
        ensure_running(settings, endpoints, name, say)
    if name == FEATURES:
        _take_over(settings, endpoints)


def end(endpoints: Endpoints, name: str) -> bool:
    """End a job; True if it ran. The supervisor will start it again."""
    cluster = FlinkRest(endpoints.flink)
    running = cluster.running(name)
    for job in running:
        cluster.cancel(job.id)
    return bool(running)
