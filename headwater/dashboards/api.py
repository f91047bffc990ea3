"""The API: how much is asked, how long it takes, and what is refused."""

from __future__ import annotations

from headwater.dashboards.dashboard import Dashboard
from headwater.dashboards.panel import Panel, one
from headwater.dashboards.promql import folded, quantile, rate
from serving.api import metrics as api

API = Dashboard(
    "api",
    "the API",
    (
        Panel("requests by route", one(rate(api.REQUESTS, "route"), "{{route}}"), "reqps", stacked=True),
        Panel("requests by status", one(rate(api.REQUESTS, "status"), "{{status}}"), "reqps"),
        Panel("median of times", one(quantile(0.5, api.TOOK, "route"), "{{route}}"), "s"),
        Panel("99% of times", one(quantile(0.99, api.TOOK, "route"), "{{route}}"), "s"),
        Panel("refused", one(rate(api.REFUSED, "why"), "{{why}}"), "reqps"),
        Panel("rows of the log of what was served", one(rate(api.LOGGED, "fate"), "{{fate}}"), "cps"),
        Panel("under way", one(folded("sum", api.UNDER_WAY.series)), "short"),
    ),
)
