"""The files of Prometheus and Grafana, by their path within ``docker/``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import yaml

from headwater.dashboards.alerts import rule_file
from headwater.dashboards.api import API
from headwater.dashboards.features import FEATURES
from headwater.dashboards.overview import OVERVIEW
from headwater.dashboards.panel import DATASOURCE
from headwater.dashboards.quality import QUALITY
from headwater.metrics.flink import FLINK

DASHBOARDS = (OVERVIEW, QUALITY, FEATURES, API)
#: Ports within the containers' network: of Flink's reporter, as the image has it, and of `headwater serve`.
FLINK_PORT, SERVE_PORT, PROMETHEUS_PORT = 9249, 8080, 9090
#: Where Grafana finds the dashboards.
MOUNTED = "/etc/grafana/dashboards"
_NOTE = "# Written by `python -m headwater.dashboards`: change what it is made of, not this.\n"


def files() -> dict[str, str]:
    """What each file holds."""
    made = {
        "prometheus/prometheus.yml": _yaml(_prometheus()),
        "prometheus/alerts.yml": _yaml(rule_file()),
        "grafana/provisioning/datasources/headwater.yml": _yaml(_datasources()),
        "grafana/provisioning/dashboards/headwater.yml": _yaml(_providers()),
    }
    for dashboard in DASHBOARDS:
        text = json.dumps(dashboard.to_json(), indent=2, ensure_ascii=False)
        made[f"grafana/dashboards/{dashboard.name}.json"] = f"{text}\n"
    return made


def _prometheus() -> dict[str, Any]:
    def asks(job: str, *targets: str) -> dict[str, Any]:
        return {"job_name": job, "static_configs": [{"targets": list(targets)}]}

    return {
        # Flink looks at its own figures every 10 s or so.
        "global": {"scrape_interval": "15s", "evaluation_interval": "15s"},
        "rule_files": ["alerts.yml"],
        "scrape_configs": [
            # Flink tells megabytes, most of it labels of what nobody asks for.
            asks("flink", f"jobmanager:{FLINK_PORT}", f"taskmanager:{FLINK_PORT}")
            | {"metric_relabel_configs": [_only(metric.series for metric in FLINK)]},
            asks("headwater", f"serve:{SERVE_PORT}"),
        ],
    }


def _only(series: Iterable[str]) -> dict[str, Any]:
    return {"source_labels": ["__name__"], "regex": "|".join(series), "action": "keep"}


def _datasources() -> dict[str, Any]:
    source = {"name": "Prometheus of Headwater", "access": "proxy", "isDefault": True, "editable": False}
    url = f"http://prometheus:{PROMETHEUS_PORT}"
    return {"apiVersion": 1, "datasources": [{**source, **DATASOURCE, "url": url}]}


def _providers() -> dict[str, Any]:
    provider = {"name": "Headwater", "type": "file", "allowUiUpdates": False}
    return {"apiVersion": 1, "providers": [{**provider, "options": {"path": MOUNTED}}]}


def _yaml(told: dict[str, Any]) -> str:
    return _NOTE + yaml.safe_dump(told, sort_keys=False, width=1_000, allow_unicode=True)
