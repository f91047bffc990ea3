"""Cost by operator: what Flink itself counts for each chain of a job."""

from __future__ import annotations

import time
from collections.abc import Iterator

from headwater.runtime.flink_rest import FlinkRest
from tests.bench.figure import Row

_WIDTH = 60
_PREFIX = "KafkaSource-default_catalog.default_database."
#: Flink fetches the counters of its workers when it is asked and the last ones are 10 s old, but answers with
#: those that it has.
_STALE_S, _FETCHED_S = 11.0, 3.0


def operators(cluster: FlinkRest, job_id: str) -> Iterator[Row]:
    """Busy seconds, records in and records out of each vertex since the job began.

    https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/ops/rest_api/#jobs-jobid
    """
    time.sleep(_STALE_S)
    cluster.get(f"/jobs/{job_id}")
    time.sleep(_FETCHED_S)
    for n, vertex in enumerate(cluster.get(f"/jobs/{job_id}")["vertices"], start=1):
        name = f"operator {n}, {vertex['name'].replace(_PREFIX, '')[:_WIDTH]}"
        metrics = vertex["metrics"]
        yield Row(f"{name}: busy", "s", metrics["accumulated-busy-time"] / 1_000)
        yield Row(f"{name}: records in", "records", metrics["read-records"])
        yield Row(f"{name}: records out", "records", metrics["write-records"])
