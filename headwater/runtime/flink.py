"""The local Flink cluster: a JobManager and a TaskManager, on the loopback address only.

Two things offer no address to bind to and listen on all of them: the Prometheus reporter, which runs only on
request, and Beam's servers, which the TaskManager opens on ports of their own choice for its Python workers
while a job runs.
"""

from __future__ import annotations

import shutil

from headwater.errors import HeadwaterError
from headwater.runtime import flink_config, flink_home
from headwater.runtime.flink_rest import FlinkRest
from headwater.runtime.part import Part
from headwater.runtime.paths import Paths
from headwater.runtime.ports import LOOPBACK, Port
from headwater.settings import Settings

_RUNTIME = "org.apache.flink.runtime"


def rest_url(settings: Settings) -> str:
    return f"http://{LOOPBACK}:{settings.flink_port}"


def jobmanager(settings: Settings, paths: Paths) -> Part:
    main_class = f"{_RUNTIME}.entrypoint.StandaloneSessionClusterEntrypoint"
    heap = f"{flink_config.JOBMANAGER_HEAP_MB}m"
    return Part(
        name="jobmanager",
        service="flink",
        ports=(
            Port("flink_port", settings.flink_port),
            Port("flink_rpc_port", settings.flink_rpc_port),
            *_metrics(settings, 0),
        ),
        settings={
            "flink_port": settings.flink_port,
            "flink_rpc_port": settings.flink_rpc_port,
            "metrics_port": settings.metrics_port,
        },
        prepare=lambda: _prepare(settings, paths, "jobmanager"),
        # G1 comes to use all of its heap, however little lives: a hundred MiB in ten minutes of load.
        command=lambda: _command(
            paths, "jobmanager", main_class, heap, _metrics(settings, 0), collector="Serial"
        ),
        ready=lambda _: FlinkRest(rest_url(settings), timeout_s=2).answers(),
        env=flink_home.environment(paths),
    )


def taskmanager(settings: Settings, paths: Paths) -> Part:
    main_class = f"{_RUNTIME}.taskexecutor.TaskManagerRunner"
    heap = f"{settings.task_heap_mb + flink_config.FRAMEWORK_HEAP_MB}m"
    limits = (
        f"-XX:MaxDirectMemorySize={sum(flink_config.DIRECT_MB.values())}m",
        f"-XX:MaxMetaspaceSize={flink_config.METASPACE_MB}m",
    )
    return Part(
        name="taskmanager",
        service="flink",
        ports=_metrics(settings, 1),
        settings={
            "task_slots": settings.task_slots,
            "task_heap_mb": settings.task_heap_mb,
            "metrics_port": settings.metrics_port,
        },
        prepare=lambda: _prepare(settings, paths, "taskmanager"),
        command=lambda: _command(paths, "taskmanager", main_class, heap, _metrics(settings, 1), *limits),
        ready=lambda started_s: _has_registered(settings, started_s),
        env=flink_home.environment(paths),
    )


def _prepare(settings: Settings, paths: Paths, name: str) -> None:
    flink_home.assemble(paths, flink_config.cluster_config(settings, paths))
    shutil.rmtree(paths.scratch(name), ignore_errors=True)
    paths.scratch(name).mkdir(parents=True)


def _metrics(settings: Settings, after: int) -> tuple[Port, ...]:
    return () if settings.metrics_port is None else (Port("metrics_port", settings.metrics_port + after),)


def _command(
    paths: Paths,
    name: str,
    main_class: str,
    heap: str,
    metrics: tuple[Port, ...],
    *limits: str,
    collector: str = "G1",
) -> list[str]:
    scratch = paths.scratch(name)
    options = f"-Djava.io.tmpdir={scratch}", *limits
    java = flink_home.java(paths, name, main_class, heap, *options, collector=collector)
    own = ("io.tmp.dirs", scratch), *((flink_config.METRICS_PORT, port.number) for port in metrics)
    overrides = [word for option, value in own for word in ("-D", f"{option}={value}")]
    return [*java, "--configDir", str(paths.flink / "conf"), *overrides]


def _has_registered(settings: Settings, started_s: float) -> bool:
    """A killed TaskManager stays listed until its heartbeat times out, so we ask when it last beat."""
    try:
        known = FlinkRest(rest_url(settings), timeout_s=2).task_managers()
    except HeadwaterError:
        return False
    return any(worker["timeSinceLastHeartbeat"] > started_s * 1000 for worker in known)
