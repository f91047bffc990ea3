"""``config.yaml`` of the local Flink cluster, as a flat dict.

Options: https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/deployment/config/
"""

from __future__ import annotations

import sys
from typing import Any

from headwater.runtime.flink_home import java_options
from headwater.runtime.paths import Paths
from headwater.runtime.ports import LOOPBACK
from headwater.settings import Settings

JOBMANAGER_HEAP_MB = 512
FRAMEWORK_HEAP_MB = 128
#: Framework, tasks (the Arrow batches on their way to and from Python) and network buffers.
DIRECT_MB = {"framework.off-heap.size": 128, "task.off-heap.size": 256, "network.min": 128}
METASPACE_MB = 384
MANAGED_MB = {"hashmap": 512, "rocksdb": 1_024}
PROMETHEUS = "org.apache.flink.metrics.prometheus.PrometheusReporterFactory"
METRICS_PORT = "metrics.reporter.prom.port"


def cluster_config(settings: Settings, paths: Paths) -> dict[str, Any]:
    """``config.yaml`` of the local cluster, flat."""
    memory = {name: f"{mb}m" for name, mb in DIRECT_MB.items()} | {
        "network.max": f"{DIRECT_MB['network.min']}m",
        "framework.heap.size": f"{FRAMEWORK_HEAP_MB}m",
        "task.heap.size": f"{settings.task_heap_mb}m",
        # Managed memory is what the Python workers may take, and what RocksDB caches.
        "managed.size": f"{MANAGED_MB[settings.state_backend]}m",
        "jvm-metaspace.size": f"{METASPACE_MB}m",
        "jvm-overhead.min": "256m",
        "jvm-overhead.max": "256m",
    }
    return client_config() | {
        "jobmanager.rpc.address": LOOPBACK,
        "jobmanager.rpc.port": settings.flink_rpc_port,
        "jobmanager.bind-host": LOOPBACK,
        "jobmanager.memory.heap.size": f"{JOBMANAGER_HEAP_MB}m",
        "rest.address": LOOPBACK,
        "rest.bind-address": LOOPBACK,
        "rest.port": settings.flink_port,
        # Any page in a browser could post a jar to a loopback port.
        "web.submit.enable": False,
        "taskmanager.host": LOOPBACK,
        "taskmanager.bind-host": LOOPBACK,
        "taskmanager.numberOfTaskSlots": settings.task_slots,
        "taskmanager.cpu.cores": float(settings.task_slots),
        **{f"taskmanager.memory.{name}": value for name, value in memory.items()},
        # A killed TaskManager is noticed in seconds, and its jobs are tried again at once.
        "heartbeat.interval": "2 s",
        "heartbeat.timeout": "10 s",
        # All of a job at once: its tasks share a Python worker, and a dead one is given to whichever starts
        # again while another still holds it.
        "jobmanager.execution.failover-strategy": "full",
        "restart-strategy.type": "exponential-delay",
        "restart-strategy.exponential-delay.initial-backoff": "100 ms",
        "restart-strategy.exponential-delay.max-backoff": "10 s",
        # When a Python worker dies, what Beam holds of it may wait for itself for ever as it is closed
        # (issue 20028 of Beam). Only the death of the TaskManager ends it: sooner than after the usual 180 s.
        "task.cancellation.timeout": "30 s",
        "state.backend.type": settings.state_backend,
        # RocksDB then hands over only what is new; a heap is always written whole.
        "execution.checkpointing.incremental": settings.state_backend == "rocksdb",
        "execution.checkpointing.dir": paths.checkpoints.as_uri(),
        # What a JobManager took with it must survive it.
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.checkpointing.savepoint-dir": paths.savepoints.as_uri(),
        "python.executable": sys.executable,
        "env.log.dir": str(paths.log("flink").parent),
        "env.pid.dir": str(paths.scratch("flink")),
        **_reporter(settings.metrics_port),
    }


def _reporter(port: int | None) -> dict[str, str]:
    """Metrics for Prometheus, which Flink serves on all interfaces and no others; nothing without a port."""
    if port is None:
        return {}
    return {
        "metrics.reporters": "prom",
        "metrics.reporter.prom.factory.class": PROMETHEUS,
        METRICS_PORT: str(port),
    }


def client_config() -> dict[str, Any]:
    """What submitting to a cluster elsewhere needs."""
    return {"env.java.opts.all": java_options(), "python.client.executable": sys.executable}
