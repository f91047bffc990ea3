"""Features and models: how fresh they are, and how good."""

from __future__ import annotations

from headwater.dashboards.dashboard import Dashboard
from headwater.dashboards.panel import Panel, Query, one
from headwater.dashboards.promql import folded, rate
from headwater.metrics import product
from serving.api import metrics as api

FEATURES = Dashboard(
    "features",
    "features and models",
    (
        Panel(
            "age of views, in parts of what is allowed",
            one(f"{product.VIEW_AGE.series} / on (view) {product.VIEW_SLO.series}", "{{view}}"),
            "percentunit",
        ),
        Panel(
            "views that are not fresh",
            one(
                folded("max", f'{product.VIEW_STATUS.series}{{status!="fresh"}}', "view", "status"),
                "{{view}} {{status}}",
            ),
            "short",
            "table",
        ),
        Panel("entities read, by status", one(rate(api.ROWS, "status"), "{{status}}"), "cps"),
        Panel("entities read, by view", one(rate(api.ROWS, "view"), "{{view}}"), "cps"),
        Panel(
            "log-loss, nats",
            (
                Query(product.LOG_LOSS.series, "{{model}}"),
                Query(product.BASE_LOG_LOSS.series, "{{model}}, always the share"),
            ),
            "short",
        ),
        Panel("AUC", one(product.AUC.series, "{{model}}"), "percentunit"),
        Panel("calibration error", one(product.ECE.series, "{{model}}"), "percentunit"),
        Panel("examples learnt from", one(rate(product.EXAMPLES, "model"), "{{model}}"), "cps"),
        Panel("since models were published", one(product.MODEL_AGE.series, "{{model}}"), "s"),
        Panel("frozen models", one(product.FROZEN.series, "{{model}}"), "short"),
    ),
)
