"""The overview: throughput, lag, freshness, load, and what is wrong."""

from __future__ import annotations

from headwater.dashboards.dashboard import Dashboard
from headwater.dashboards.panel import Panel, Query, figure, one
from headwater.dashboards.promql import folded, rate
from headwater.metrics import flink, product
from headwater.metrics.catalogue import FIRING, UP

OVERVIEW = Dashboard(
    "overview",
    "overview",
    (
        figure("events a second", rate(product.WRITTEN)),
        figure("records to read", folded("sum", product.LAG.series)),
        figure("views that are not fresh", f'sum({product.VIEW_STATUS.series}{{status!="fresh"}})', red=1),
        figure("alerts of the monitor", folded("sum", product.ALERTS.series), red=1),
        figure("hard conditions", folded("sum", product.CONDITION.series), red=1),
        figure("processes that answer", folded("sum", UP.series)),
        Panel("events sent", one(rate(product.WRITTEN, "event"), "{{event}}"), "cps", stacked=True),
        Panel("what became of them", one(rate(product.ENDED, "verdict"), "{{verdict}}"), "cps"),
        Panel("records to read", one(product.LAG.series, "{{job_name}}"), "short"),
        Panel("age of the newest event of views", one(product.VIEW_AGE.series, "{{view}}"), "s"),
        Panel(
            "busiest task of each job",
            (
                Query(f"{folded('max', flink.BUSY.series, 'job_name')} / 1000", "{{job_name}} works"),
                Query(f"{folded('max', flink.HELD_UP.series, 'job_name')} / 1000", "{{job_name}} is held up"),
            ),
            "percentunit",
        ),
        Panel(
            "records of all tasks",
            (
                Query(rate(flink.RECORDS_IN, "job_name"), "{{job_name}} reads"),
                Query(rate(flink.RECORDS_OUT, "job_name"), "{{job_name}} writes"),
            ),
            "cps",
        ),
        Panel("last checkpoint took", one(flink.CHECKPOINT_TOOK.series, "{{job_name}}"), "ms"),
        Panel("last checkpoint wrote", one(flink.CHECKPOINT_SIZE.series, "{{job_name}}"), "bytes"),
        Panel(
            "heap",
            (
                Query(flink.TASK_HEAP.series, "TaskManager"),
                Query(flink.TASK_HEAP_MAX.series, "TaskManager, at most"),
                Query(flink.JOB_HEAP.series, "JobManager"),
            ),
            "bytes",
        ),
        Panel(
            "failures since the start of each job",
            (
                Query(flink.RESTARTS.series, "{{job_name}} starts again"),
                Query(flink.CHECKPOINTS_FAILED.series, "{{job_name}} checkpoints"),
            ),
            "short",
        ),
        Panel(
            "alerts of Prometheus",
            one(folded("max", f'{FIRING.series}{{alertstate="firing"}}', "alertname", "severity")),
            "short",
            "table",
            width=24,
        ),
    ),
)
