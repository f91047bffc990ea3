"""The catalogue: every metric that a dashboard or an alert may ask for, by who tells it."""

from __future__ import annotations

from headwater.metrics.flink import FLINK
from headwater.metrics.product import PRODUCT
from schemas.metric import Metric
from serving.api.metrics import CATALOGUE as API

UP = Metric("up", "gauge", "", ("job", "instance"), "1 where Prometheus could ask a process for its metrics.")
FIRING = Metric(
    "ALERTS", "gauge", "", ("alertname", "alertstate", "severity"), "1 for each alert that is up."
)

#: `flink` is both its processes; Prometheus tells of itself, so that nobody else can be asked for that.
BY_SOURCE = {"serve": (*API, *PRODUCT), "flink": FLINK, "prometheus": (UP, FIRING)}
CATALOGUE = {metric.series: metric for told in BY_SOURCE.values() for metric in told}
