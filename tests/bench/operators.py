"""Cost by operator: what Flink itself counts for each chain of a job."""

from __future__ import annotations

from collections.abc import Iterator

from headwater.runtime.flink_rest import FlinkRest
from tests.bench.figure import Row

_WIDTH = 60


def operators(cluster: FlinkRest, job_id: str) -> Iterator[Row]:
    """Busy seconds, records in and records out of each vertex since the job began.

    https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/ops/rest_api/#jobs-jobid
    """
    for n, vertex in enumerate(cluster.get(f"/jobs/{job_id}")["vertices"], start=1):
        name = f"operator {n}, {vertex['name'].splitlines()[0][:_WIDTH]}"
        metrics = vertex["metrics"]
        yield Row(f"{name}: busy", "s", metrics["accumulated-busy-time"] / 1_000)
        yield Row(f"{name}: records in", "records", metrics["read-records"])
        yield Row(f"{name}: records out", "records", metrics["write-records"])
