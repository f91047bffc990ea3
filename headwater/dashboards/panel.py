"""A panel of a dashboard as Grafana's JSON, described by the metrics that it shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from headwater.dashboards.promql import asked
from headwater.metrics.catalogue import CATALOGUE

DATASOURCE = {"type": "prometheus", "uid": "headwater-prometheus"}
#: Grafana's names: counts and requests a second, and 1 as 100%, among them.
Unit = Literal["short", "cps", "reqps", "s", "ms", "bytes", "percentunit"]


@dataclass(frozen=True)
class Query:
    """What is asked, and how curves are named, such as by a label: ``{{view}}``."""

    expression: str
    legend: str = "__auto"


def one(expression: str, legend: str = "__auto") -> tuple[Query, ...]:
    """A panel's queries, where there is only one."""
    return (Query(expression, legend),)


@dataclass(frozen=True)
class Panel:
    """Curves, one figure, or a table of what is so now. A figure turns red at `red`; a table has no unit."""

    title: str
    queries: tuple[Query, ...]
    unit: Unit
    kind: Literal["timeseries", "stat", "table"] = "timeseries"
    width: int = 12
    height: int = 8
    red: float | None = None
    stacked: bool = False

    def to_json(self, number: int, x: int, y: int) -> dict[str, Any]:
        """As it stands in a dashboard."""
        now = self.kind != "timeseries"
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": "\n\n".join(self._meanings()),
            "datasource": DATASOURCE,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "targets": [
                {
                    "refId": chr(ord("A") + n),
                    "datasource": DATASOURCE,
                    "expr": query.expression,
                    "legendFormat": query.legend,
                    "instant": now,
                    "range": not now,
                    "format": "table" if self.kind == "table" else "time_series",
                }
                for n, query in enumerate(self.queries)
            ],
            "fieldConfig": {"defaults": self._defaults(), "overrides": []},
            **_LOOKS[self.kind],
        }

    def _meanings(self) -> Iterator[str]:
        names = {name: None for query in self.queries for name in sorted(asked(query.expression).metrics)}
        return (f"`{name}`: {CATALOGUE[name].meaning}" for name in names)

    def _defaults(self) -> dict[str, Any]:
        steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
        if self.red is not None:
            steps.append({"color": "red", "value": self.red})
        found: dict[str, Any] = {"unit": self.unit, "thresholds": {"mode": "absolute", "steps": steps}}
        if self.kind == "stat":
            found["noValue"] = "0"
        if self.kind == "timeseries":
            mode = "normal" if self.stacked else "none"
            found["custom"] = {"fillOpacity": 20 if self.stacked else 0, "stacking": {"mode": mode}}
            found["custom"] |= {"lineWidth": 1, "showPoints": "never"}
        return found


def figure(title: str, expression: str, red: float | None = None) -> Panel:
    """A small panel of one figure."""
    return Panel(title, one(expression), "short", "stat", width=4, height=4, red=red)


_LOOKS: dict[str, dict[str, Any]] = {
    "timeseries": {
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }
    },
    "stat": {
        "options": {
            "colorMode": "value",
            "graphMode": "none",
            "justifyMode": "auto",
            "orientation": "auto",
            "percentChangeColorMode": "standard",
            "showPercentChange": False,
            "textMode": "value",
            "wideLayout": True,
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        }
    },
    "table": {
        "options": {"showHeader": True, "frameIndex": 0},
        # When it was asked is now, and the value is always 1.
        "transformations": [{"id": "organize", "options": {"excludeByName": {"Time": True, "Value": True}}}],
    },
}
