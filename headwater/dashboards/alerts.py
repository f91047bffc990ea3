"""When Prometheus raises an alert: where a process, a job or the API is not well, or the data."""

from __future__ import annotations

from typing import Any

from headwater.dashboards.alert import Alert
from headwater.dashboards.promql import folded, quantile, rate
from headwater.metrics import flink, product
from headwater.metrics.catalogue import UP
from serving.api import metrics as api

_BUSY, _HELD_UP = (folded("max", metric.series, "job_name") for metric in (flink.BUSY, flink.HELD_UP))
_LAG, _HEAP = product.LAG.series, flink.TASK_HEAP.series
#: Nothing is stale for want of events while nobody sends any.
_SENT = f"on () ({rate(product.WRITTEN, over='5m')} > 0)"
#: A page that is followed is one request for as long.
_READS = 'route=~"/(features|candidates|models|views).*"'
_STALE = f"{product.VIEW_AGE.series} > on (view) {product.VIEW_SLO.series}"
_REQUESTS = rate(api.REQUESTS, over="5m")
_FAILED = rate(api.REQUESTS, over="5m", where='status=~"5.."')

ALERTS = (
    Alert(
        "Down",
        f"{UP.series} == 0",
        2,
        "critical",
        "{{ $labels.instance }} does not answer",
        "Look at `headwater status`; start what is down: `headwater up`.",
    ),
    Alert(
        "PartNotTold",
        f"{product.TOLD.series} == 0",
        2,
        "critical",
        "nothing is known of {{ $labels.part }}: Redis or Kafka does not answer",
        "Look at `headwater status`, and at the log of `headwater serve`.",
    ),
    Alert(
        "LagGrows",
        f"{_LAG} > 10000 and deriv({_LAG}[10m]) > 0",
        10,
        "warning",
        "{{ $labels.job_name }} is {{ $value }} records behind, and falls back further",
        "Look at what its busiest task waits for; compute fewer views (HEADWATER_VIEWS).",
    ),
    Alert(
        "JobBusy",
        f"{_BUSY} > 950",
        10,
        "warning",
        "a task of {{ $labels.job_name }} can do no more",
        "Raise HEADWATER_PARALLELISM, or compute fewer views (HEADWATER_VIEWS).",
    ),
    Alert(
        "JobHeldUp",
        f"{_HELD_UP} > 500",
        10,
        "warning",
        "{{ $labels.job_name }} waits half of the time for its own last tasks",
        "Look at the tasks behind: at Redis, if it is the writer.",
    ),
    Alert(
        "JobStartsAgain",
        f"increase({flink.RESTARTS.series}[15m]) > 3",
        1,
        "critical",
        "{{ $labels.job_name }} fails again and again",
        "Flink's page of the job has the exception; the log of the TaskManager what came before.",
    ),
    Alert(
        "CheckpointsFail",
        f"increase({flink.CHECKPOINTS_FAILED.series}[15m]) > 3",
        1,
        "warning",
        "checkpoints of {{ $labels.job_name }} fail",
        "Look at the disk, and whether the job is held up: a restart would repeat all since the last one.",
    ),
    Alert(
        "CheckpointsSlow",
        f"{flink.CHECKPOINT_TOOK.series} > 30000",
        10,
        "warning",
        "checkpoints of {{ $labels.job_name }} take {{ $value }} ms",
        "With much state, HEADWATER_STATE_BACKEND=rocksdb writes only what is new.",
    ),
    Alert(
        "HeapFull",
        f"{_HEAP} / {flink.TASK_HEAP_MAX.series} > 0.95",
        10,
        "warning",
        "the heap of the TaskManager is full",
        "Raise HEADWATER_TASK_HEAP_MB, or set HEADWATER_STATE_BACKEND=rocksdb.",
    ),
    Alert(
        "ConditionOpen",
        f"{product.CONDITION.series} == 1",
        1,
        "critical",
        "{{ $labels.condition }} is broken: what its events feed is degraded",
        "`headwater quality` tells why; `headwater rules rollback`, if a new rule is to blame.",
    ),
    Alert(
        "AlertOpen",
        f"{product.ALERTS.series} > 0",
        5,
        "warning",
        "the monitor alerts: {{ $labels.watch }}",
        "`headwater quality` tells of what, and what was measured.",
    ),
    Alert(
        "ViewStale",
        f"{_STALE} and {_SENT}",
        10,
        "warning",
        "{{ $labels.view }} is {{ $value }} s old",
        "Look at the lag of compute_features, and whether its events come: `headwater features show`.",
    ),
    Alert(
        "ViewNotTrusted",
        f'{product.VIEW_STATUS.series}{{status=~"degraded|rebuilding"}} == 1',
        5,
        "warning",
        "{{ $labels.view }} is {{ $labels.status }}",
        "Degraded: see `headwater quality`. Rebuilding: it ends by itself, see the lag of compute_features.",
    ),
    Alert(
        "ModelStale",
        f"{product.MODEL_AGE.series} > 60 and {_SENT}",
        10,
        "warning",
        "{{ $labels.model }} was published {{ $value }} s ago",
        "Look whether its job runs and keeps up: `headwater status`.",
    ),
    Alert(
        "ModelWorthless",
        f"{product.LOG_LOSS.series} > {product.BASE_LOG_LOSS.series}",
        30,
        "warning",
        "{{ $labels.model }} predicts worse than the share of positives would",
        "`headwater models show` tells more; `headwater models rollback` takes it back.",
    ),
    Alert(
        "ModelFrozen",
        f"{product.FROZEN.series} == 1",
        30,
        "warning",
        "{{ $labels.model }} learns nothing",
        "`headwater models show` tells by whose order; `headwater models unfreeze`, if it was one by hand.",
    ),
    Alert(
        "ApiFails",
        f"{_FAILED} / {_REQUESTS} > 0.05",
        5,
        "critical",
        "one of twenty requests or more fails",
        "The log of `headwater serve` has a line a request; look whether Redis answers.",
    ),
    Alert(
        "ApiSlow",
        f"{quantile(0.99, api.TOOK, where=_READS)} > 0.2",
        10,
        "warning",
        "1% of requests take longer than {{ $value }} s",
        "Ask for fewer rows at a time, or serve with more --workers or --cache-ms.",
    ),
    Alert(
        "ApiRefuses",
        f"{rate(api.REFUSED, 'why', over='5m')} > 1",
        5,
        "warning",
        "requests are refused: {{ $labels.why }}",
        "More is asked than this processor can answer: serve with more --workers.",
    ),
)


def rule_file() -> dict[str, Any]:
    """All of them, as one group."""
    return {"groups": [{"name": "headwater", "rules": [alert.to_json() for alert in ALERTS]}]}
