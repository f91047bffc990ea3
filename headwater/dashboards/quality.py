"""The quality of data: scores, what the gate says, rules, alerts and conditions."""

from __future__ import annotations

from headwater.dashboards.dashboard import Dashboard
from headwater.dashboards.panel import Panel, one
from headwater.dashboards.promql import folded, most, rate
from headwater.metrics import flink, product

_REJECTED = rate(flink.GATE_EVENTS, "event", where='verdict="rejected"')

QUALITY = Dashboard(
    "quality",
    "data quality",
    (
        Panel(
            "score by dimension, of the worst event type",
            one(folded("min", product.SCORE.series, "dimension"), "{{dimension}}"),
            "percentunit",
        ),
        Panel(
            "score by event type, of the worst dimension",
            one(folded("min", product.SCORE.series, "event"), "{{event}}"),
            "percentunit",
        ),
        Panel("verdicts of the gate", one(rate(flink.GATE_EVENTS, "verdict"), "{{verdict}}"), "cps"),
        Panel(
            "reasons that the gate gives most",
            one(most(10, rate(flink.GATE_FAILURES, "reason")), "{{reason}}"),
            "cps",
        ),
        Panel(
            "rejected by event type",
            one(f"{_REJECTED} / {rate(flink.GATE_EVENTS, 'event')}", "{{event}}"),
            "percentunit",
        ),
        Panel(
            "why events are set aside",
            one(most(10, rate(product.SET_ASIDE, "reason", over="5m")), "{{reason}}"),
            "cps",
        ),
        Panel(
            "rules that fail most, of the last 15 minutes",
            one(
                most(10, f"{product.RULE_FAILED.series} / {product.RULE_CHECKED.series}"),
                "{{rule}}, {{event}} ({{dimension}})",
            ),
            "percentunit",
        ),
        Panel(
            "violations of rules over many events, last 15 minutes",
            one(product.VIOLATIONS.series, "{{rule}}, {{event}}"),
            "short",
        ),
        Panel("alerts by watch", one(f"{product.ALERTS.series} > 0", "{{watch}} ({{dimension}})"), "short"),
        Panel("hard conditions", one(product.CONDITION.series, "{{condition}}"), "short"),
    ),
)
