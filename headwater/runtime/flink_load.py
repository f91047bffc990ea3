"""How busy each part of a job is, in Flink's own measure.

https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/ops/monitoring/back_pressure/
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from headwater.errors import HeadwaterError
from headwater.runtime.flink_rest import ENDED, FlinkRest, Job

#: Milliseconds of each second, of which every subtask spends all on the three of them.
_METRICS = {
    "busy": "busyTimeMsPerSecond",
    "backpressured": "backPressuredTimeMsPerSecond",
    "idle": "idleTimeMsPerSecond",
}
_JOINTS = re.compile(r" -> |[(),]")
_CLUTTER = re.compile(
    r"\[\d+\]|^Source: |^Sink: |KafkaSource-|default_catalog\.default_database\.|: (?:Writer|Committer)$"
)
_LONGEST_NAME = 48


@dataclass(frozen=True)
class Load:
    """What share of its time the busiest subtask of a vertex works, and the most held-up one waits for those
    behind it, from 0 to 1; None before Flink has measured it."""

    vertex: str
    parallelism: int
    busy: float | None
    backpressured: float | None
    idle: float | None


def loads(flink: FlinkRest, job: Job) -> tuple[Load, ...]:
    """The load of each vertex of a job, in the order of the flow; of a job that ends meanwhile, nothing."""
    if job.state in ENDED:
        return ()
    try:
        return tuple(_loads(flink, job.id))
    except HeadwaterError:
        return ()


def short(name: str) -> str:
    """A name for a chain of operators by its first and its last.

    >>> short("Source: raw[1] -> Calc[2] -> (PythonCalc[3] -> routed[4]: Writer, Calc[5])"), short("Join[7]")
    ('raw … Calc', 'Join')
    """
    parts = [_CLUTTER.sub("", _CLUTTER.sub("", part.strip())) for part in _JOINTS.split(name) if part.strip()]
    if not parts:
        return name[:_LONGEST_NAME]
    told = parts[0] if parts[0] == parts[-1] else f"{parts[0]} … {parts[-1]}"
    return told if len(told) <= _LONGEST_NAME else told[: _LONGEST_NAME - 1] + "…"


def _loads(flink: FlinkRest, job_id: str) -> Iterator[Load]:
    named: Counter[str] = Counter()
    for vertex in flink.vertices(job_id):
        name = short(vertex.name)
        named[name] += 1
        told = flink.get(
            f"/jobs/{job_id}/vertices/{vertex.id}/subtasks/metrics?get={','.join(_METRICS.values())}&agg=max"
        )
        most = {metric["id"]: metric.get("max") for metric in told}
        shares = {share: _share(most.get(metric)) for share, metric in _METRICS.items()}
        unique = name if named[name] == 1 else f"{name} {named[name]}"
        yield Load(unique, vertex.parallelism, **shares)


def _share(ms_per_s: Any) -> float | None:
    """Flink says NaN, as a word, of what it cannot measure."""
    try:
        found = float(ms_per_s) / 1000
    except (TypeError, ValueError):
        return None
    return min(1.0, max(0.0, found)) if math.isfinite(found) else None
