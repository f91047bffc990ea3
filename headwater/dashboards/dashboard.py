"""A dashboard as Grafana's JSON: panels in rows of 24 columns.

https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from headwater.dashboards.panel import Panel

_COLUMNS, _SCHEMA = 24, 39
#: All that Grafana asks for of a link, to the other dashboards.
_OTHERS = {
    "type": "dashboards",
    "tags": ["headwater"],
    "title": "Headwater",
    "tooltip": "",
    "icon": "external link",
    "asDropdown": True,
    "includeVars": False,
    "keepTime": True,
    "targetBlank": False,
}


@dataclass(frozen=True)
class Dashboard:
    """A page of panels; `name` is that of its file, and makes its address."""

    name: str
    title: str
    panels: tuple[Panel, ...]

    def to_json(self) -> dict[str, Any]:
        """As Grafana reads it from a file."""
        return {
            "uid": f"headwater-{self.name}",
            "title": f"Headwater: {self.title}",
            "tags": ["headwater"],
            "schemaVersion": _SCHEMA,
            "version": 1,
            "editable": False,
            "timezone": "browser",
            "refresh": "15s",
            "time": {"from": "now-30m", "to": "now"},
            "links": [_OTHERS],
            "templating": {"list": []},
            "annotations": {"list": []},
            "panels": list(self._placed()),
        }

    def _placed(self) -> Iterator[dict[str, Any]]:
        x = y = tallest = 0
        for number, panel in enumerate(self.panels, start=1):
            if x + panel.width > _COLUMNS:
                x, y, tallest = 0, y + tallest, 0
            yield panel.to_json(number, x, y)
            x, tallest = x + panel.width, max(tallest, panel.height)
