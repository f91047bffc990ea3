"""What Flink's Prometheus reporter tells: some of its own, and what the gate counts.

https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/ops/metrics/
"""

from __future__ import annotations

from flink_jobs import gate_metrics
from schemas.metric import Kind, Metric

_OPERATOR, _TASK = "taskmanager_job_task_operator", "taskmanager_job_task"
_JOB, _HEAP = "jobmanager_job", "Status_JVM_Memory_Heap"


def _metric(name: str, kind: Kind, unit: str, labels: str, meaning: str) -> Metric:
    return Metric(f"flink_{name}", kind, unit, tuple(labels.split()), meaning)


# Labels that are groups of ours stand in the name, too.
GATE_EVENTS = _metric(
    f"{_OPERATOR}_event_verdict_{gate_metrics.EVENTS}",
    "count",
    "",
    "event verdict",
    "Events that the gate has judged since its task started.",
)
GATE_FAILURES = _metric(
    f"{_OPERATOR}_reason_{gate_metrics.FAILURES}",
    "count",
    "",
    "reason",
    f"How often each reason was given, of which {gate_metrics.MOST_REASONS} have names.",
)

RECORDS_IN = _metric(f"{_TASK}_numRecordsIn", "count", "", "job_name task_name", "Records that tasks read.")
RECORDS_OUT = _metric(f"{_TASK}_numRecordsOut", "count", "", "job_name task_name", "Records that they wrote.")
BUSY = _metric(
    f"{_TASK}_busyTimeMsPerSecond", "gauge", "ms/s", "job_name task_name", "How much of a second tasks work."
)
HELD_UP = _metric(
    f"{_TASK}_backPressuredTimeMsPerSecond",
    "gauge",
    "ms/s",
    "job_name task_name",
    "How much of a second tasks wait for those behind.",
)

CHECKPOINT_TOOK = _metric(
    f"{_JOB}_lastCheckpointDuration", "gauge", "ms", "job_name", "How long the last checkpoint took."
)
CHECKPOINT_SIZE = _metric(
    f"{_JOB}_lastCheckpointSize", "gauge", "bytes", "job_name", "How much the last checkpoint wrote."
)
CHECKPOINTS_FAILED = _metric(
    f"{_JOB}_numberOfFailedCheckpoints", "count", "", "job_name", "Checkpoints that failed."
)
RESTARTS = _metric(f"{_JOB}_numRestarts", "count", "", "job_name", "How often a job was started again.")

TASK_HEAP = _metric(f"taskmanager_{_HEAP}_Used", "gauge", "bytes", "", "Heap of the TaskManager in use.")
TASK_HEAP_MAX = _metric(f"taskmanager_{_HEAP}_Max", "gauge", "bytes", "", "The most that it may have.")
JOB_HEAP = _metric(f"jobmanager_{_HEAP}_Used", "gauge", "bytes", "", "Heap of the JobManager in use.")

FLINK = (
    *(GATE_EVENTS, GATE_FAILURES, RECORDS_IN, RECORDS_OUT, BUSY, HELD_UP),
    *(CHECKPOINT_TOOK, CHECKPOINT_SIZE, CHECKPOINTS_FAILED, RESTARTS),
    *(TASK_HEAP, TASK_HEAP_MAX, JOB_HEAP),
)
