"""The parts together: brought up, taken down and looked at. Every call may be repeated at any time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from headwater.errors import HeadwaterError
from headwater.runtime import endpoints, flink, jars, kafka, ports, process, redis
from headwater.runtime.endpoints import Endpoints
from headwater.runtime.flink_rest import FlinkRest
from headwater.runtime.part import Part
from headwater.runtime.paths import Paths, opened
from headwater.runtime.telling import telling
from headwater.runtime.topics import ensure_topics, reachable
from headwater.settings import Settings

READY_TIMEOUT_S = 120.0

#: In the order of starting, since the slowest start together, and of stopping, since jobs end first.
_PARTS: tuple[Callable[[Settings, Paths], Part], ...] = (
    flink.jobmanager,
    flink.taskmanager,
    kafka.part,
    redis.part,
)
_ANSWERS: dict[str, Callable[[str], bool]] = {
    "kafka": reachable,
    "redis": redis.answers,
    "flink": lambda url: FlinkRest(url, timeout_s=5).answers(),
}


@dataclass(frozen=True)
class Status:
    """One process of the local runtime; pid, uptime and memory are None when it does not run."""

    name: str
    alive: bool
    pid: int | None = None
    uptime_s: float | None = None
    rss_bytes: int | None = None


def parts(settings: Settings, paths: Paths) -> tuple[Part, ...]:
    """The parts to run here: all but those of the services whose address is given."""
    given = endpoints.external(settings)
    return tuple(part for make in _PARTS if (part := make(settings, paths)).service not in given)


def up(settings: Settings, say: Callable[[str], None] = lambda _: None) -> Endpoints:
    """Start what does not run, wait until all answer, create the topics and record the endpoints."""
    with opened(settings) as paths:
        ours = parts(settings, paths)
        for service, address in endpoints.external(settings).items():
            if not _ANSWERS[service](address):
                named = f"{service} at {address} ({ports.variable(service)}) does not answer"
                raise HeadwaterError(named, "start it, or unset the setting to run one here")
        dead = [part for part in ours if not _runs(part, paths)]
        ports.check_distinct(port for part in ours for port in part.ports)
        _bury(dead, paths)
        if any(part.service != "redis" for part in dead):
            jars.fetch(paths, say)
        for part in dead:
            say(f"starting {part.name}")
            part.prepare()
            _set_aside(paths.log(part.name))
            process.start(paths, part.name, part.command(), part.env, part.settings)
        for part in ours:
            _wait_ready(part, paths)
        local = Endpoints(kafka.bootstrap(settings), redis.url(settings), flink.rest_url(settings))
        inforce = endpoints.write(paths, local, settings)
        for drift in ensure_topics(inforce.kafka):
            say(f"warning: {drift}")
        return inforce


def down(settings: Settings, say: Callable[[str], None] = lambda _: None) -> bool:
    """Stop every part that runs here, jobs included; True if any did. What was kept stays kept."""
    if not Paths.of(settings).root.exists():
        return False
    with opened(settings) as paths:
        stopped = False
        for name in (make(settings, paths).name for make in _PARTS):
            if process.find(process.read(paths.pid(name))):
                say(f"stopping {name}")
            stopped |= process.stop(paths, name)
        paths.endpoints.unlink(missing_ok=True)
        return stopped


def status(settings: Settings, now_s: float) -> tuple[Status, ...]:
    """How each part that belongs here is."""
    paths = Paths.of(settings)
    return tuple(status_of(part.name, paths, now_s) for part in parts(settings, paths))


def status_of(name: str, paths: Paths, now_s: float) -> Status:
    """How one recorded process is."""
    found = process.find(process.read(paths.pid(name)))
    try:
        if found:
            uptime_s = max(0.0, now_s - found.create_time())
            return Status(name, True, found.pid, round(uptime_s, 1), found.memory_info().rss)
    except psutil.NoSuchProcess:
        pass
    return Status(name, False)


def _runs(part: Part, paths: Paths) -> bool:
    """Whether it runs; HeadwaterError if it does so under other settings than now asked for."""
    record = process.read(paths.pid(part.name))
    if record is None or process.find(record) is None:
        return False
    for setting, value in part.settings.items():
        before = record.settings.get(setting)
        if before != value:
            named = f"{part.name} runs with {ports.variable(setting)}={before}, not {value}"
            raise HeadwaterError(named, "headwater down, then headwater up")
    return True


def _bury(dead: Sequence[Part], paths: Paths) -> None:
    """Clear what dead parts left behind, then HeadwaterError if a port of theirs is still taken.

    A killed TaskManager's Python workers live on and would go on writing; a killed JVM's sockets close a
    moment after it counts as dead.
    """
    died = [part for part in dead if paths.pid(part.name).exists()]
    for part in died:
        process.stop(paths, part.name)
    needed = [port for part in dead for port in part.ports]
    ports.check_free(needed, patience_s=3.0 if died else 0.0)


def _set_aside(log: Path) -> None:
    """Keep the last life's log beside the new one, so that what we quote is never an old complaint."""
    if log.exists():
        log.replace(log.with_suffix(".log.before"))


def _wait_ready(part: Part, paths: Paths) -> None:
    record = process.read(paths.pid(part.name))
    deadline_s = time.monotonic() + READY_TIMEOUT_S
    while record and process.find(record):
        if part.ready(record.started_s):
            return
        if time.monotonic() > deadline_s:
            raise HeadwaterError(f"{part.name} does not get ready", f"look at {paths.log(part.name)}")
        time.sleep(0.2)
    said = [
        file.read_text(errors="replace")
        for file in (paths.log(part.name), paths.out(part.name))
        if file.exists()
    ]
    raise HeadwaterError(
        f"{part.name} ended while starting ({telling(''.join(said))})", f"look at {paths.log(part.name)}"
    )
