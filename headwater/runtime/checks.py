"""What this machine needs to run Headwater: a catalogue of checks, each with its remedy."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import psutil

from headwater.errors import HeadwaterError
from headwater.runtime import endpoints, jars, ports, process, stack, tools
from headwater.runtime.paths import Paths
from headwater.runtime.topics import reachable, topic_drift
from headwater.settings import Settings

ENOUGH_DISK_BYTES = 2 << 30
#: The JVMs and the Python workers are given 3.75 GiB; the rest is for Redis and what a JVM takes besides.
ENOUGH_MEMORY_BYTES = 5 << 30


@dataclass(frozen=True)
class Finding:
    """``missing`` stops ``headwater up``; ``warn`` does not. An ``ok`` has no remedy."""

    check: str
    status: Literal["ok", "warn", "missing"]
    detail: str
    remedy: str = ""


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Every finding, in the order in which they matter. Starts and changes nothing."""
    return tuple(finding for check in CHECKS for finding in check(settings))


def _python(_: Settings) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] == (3, 11):
        yield Finding("python", "ok", version)
    else:
        yield Finding("python", "missing", version, "install Python 3.11 and run make setup")


def _java(_: Settings) -> Iterator[Finding]:
    if tools.JAVA.find() is None:
        yield Finding("java", "missing", tools.JAVA.purpose, tools.JAVA.remedy)
        return
    major = tools.java_version()
    if major in tools.JAVA_VERSIONS:
        yield Finding("java", "ok", f"version {major}")
    else:
        yield Finding("java", "missing", f"version {major}, not 17 or 21", tools.JAVA.remedy)


def _programs(settings: Settings) -> Iterator[Finding]:
    needless = {
        tools.MAVEN: jars.complete(Paths.of(settings)),
        tools.REDIS: settings.redis is not None,
    }
    for tool, spared in needless.items():
        found = tool.find()
        if found:
            yield Finding(tool.command, "ok", found)
        else:
            yield Finding(tool.command, "warn" if spared else "missing", tool.purpose, tool.remedy)


def _jars(settings: Settings) -> Iterator[Finding]:
    if jars.complete(Paths.of(settings)):
        yield Finding("jars", "ok", str(Paths.of(settings).jars))
    else:
        yield Finding("jars", "warn", "not fetched yet", "headwater up fetches them")


def _runtime_dir(settings: Settings) -> Iterator[Finding]:
    root = Paths.of(settings).root
    nearest = next(folder for folder in (root, *root.parents) if folder.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        yield Finding("runtime directory", "ok", str(root))
    else:
        remedy = "make it writable or set HEADWATER_RUNTIME_DIR"
        yield Finding("runtime directory", "missing", f"{root} cannot be written", remedy)
    free_bytes = shutil.disk_usage(nearest).free
    enough = free_bytes >= ENOUGH_DISK_BYTES
    remedy = "" if enough else f"make room for {_gib(ENOUGH_DISK_BYTES)} or set HEADWATER_RUNTIME_DIR"
    yield Finding("disk", "ok" if enough else "missing", f"{free_bytes / 2**30:.1f} GiB free", remedy)


def _memory(settings: Settings) -> Iterator[Finding]:
    free_bytes = psutil.virtual_memory().available
    running = any(part.alive for part in stack.status(settings, 0.0))
    enough = running or free_bytes >= ENOUGH_MEMORY_BYTES
    remedy = "" if enough else f"the whole stack takes up to {_gib(ENOUGH_MEMORY_BYTES)}: close something"
    yield Finding("memory", "ok" if enough else "warn", f"{free_bytes / 2**30:.1f} GiB available", remedy)


def _gib(size_bytes: int) -> str:
    return f"{size_bytes >> 30} GiB"


def _ports(settings: Settings) -> Iterator[Finding]:
    paths = Paths.of(settings)
    ours = stack.parts(settings, paths)
    try:
        ports.check_distinct(port for part in ours for port in part.ports)
    except HeadwaterError as error:
        yield Finding("ports", "missing", error.problem, error.remedy)
    for part in ours:
        if process.find(process.read(paths.pid(part.name))):
            yield Finding(part.name, "ok", "runs")
            continue
        try:
            ports.check_free(part.ports)
            yield Finding(part.name, "ok", f"free: {', '.join(map(str, part.ports))}")
        except HeadwaterError as error:
            yield Finding(part.name, "missing", error.problem, error.remedy)


def _topics(settings: Settings) -> Iterator[Finding]:
    try:
        bootstrap = endpoints.kafka_of(settings)
    except HeadwaterError:
        return
    if settings.kafka and not reachable(settings.kafka):
        yield Finding("kafka", "missing", f"{settings.kafka} does not answer", "correct HEADWATER_KAFKA")
        return
    drifts = topic_drift(bootstrap)
    for drift in drifts:
        remedy = "headwater up creates it" if drift.setting == "topic" else "alter or recreate the topic"
        yield Finding("topics", "warn", str(drift), remedy)
    if not drifts:
        yield Finding("topics", "ok", "as declared")


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    _python,
    _java,
    _programs,
    _runtime_dir,
    _memory,
    _jars,
    _ports,
    _topics,
)
