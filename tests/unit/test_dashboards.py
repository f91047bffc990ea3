"""Dashboards and alerts are what the generator writes, ask only for what the catalogue has, and are whole."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from headwater.cli import app
from headwater.commands.serve import serve_api
from headwater.dashboards.__main__ import write
from headwater.dashboards.alerts import ALERTS
from headwater.dashboards.dashboard import Dashboard
from headwater.dashboards.files import DASHBOARDS, FLINK_PORT, MOUNTED, PROMETHEUS_PORT, SERVE_PORT, files
from headwater.dashboards.panel import DATASOURCE
from headwater.dashboards.promql import asked
from headwater.metrics.catalogue import BY_SOURCE, CATALOGUE
from headwater.settings import Settings
from schemas.metric import Metric

pytestmark = pytest.mark.unit

DOCKER = Path(__file__).parents[2] / "docker"
FILES = files()
PANELS = [
    pytest.param(panel, id=f"{board.name}: {panel['title']}")
    for board in DASHBOARDS
    for panel in board.to_json()["panels"]
]
RULES = yaml.safe_load(FILES["prometheus/alerts.yml"])["groups"][0]["rules"]
EXPRESSIONS = sorted(
    {t["expr"] for panel in PANELS for t in panel.values[0]["targets"]} | {rule["expr"] for rule in RULES}  # type: ignore[index,call-overload]
)
KINDS = {"timeseries", "stat", "table"}
#: `le` is the bound of a histogram's bucket.
OF_PROMETHEUS = {"le"}


@pytest.mark.parametrize("name", FILES)
def test_what_is_committed_is_what_the_generator_writes(name: str) -> None:
    assert (DOCKER / name).read_text() == FILES[name], "python -m headwater.dashboards"


def test_nothing_else_is_committed_beside_it(tmp_path: Path) -> None:
    there = {path for of in ("grafana", "prometheus") for path in (DOCKER / of).rglob("*") if path.is_file()}
    assert {str(path.relative_to(DOCKER)) for path in there} == FILES.keys()
    old = tmp_path / "grafana/dashboards/old.json"
    old.parent.mkdir(parents=True)
    old.touch()
    write(tmp_path)
    assert {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()} == FILES.keys()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_asks_for_what_the_catalogue_has(expression: str) -> None:
    found = asked(expression)
    assert found.metrics
    assert found.metrics <= CATALOGUE.keys()
    known = {label for name in found.metrics for label in CATALOGUE[name].labels}
    assert found.labels <= known | OF_PROMETHEUS
    assert expression.count("(") == expression.count(")")
    # What only grows is asked for its rate, or as it stands by those who know that it starts anew.
    for name in re.findall(r"(?:rate|increase)\((\w+)", expression):
        assert CATALOGUE[name].grows


@pytest.mark.parametrize("expression", ["rate(x[1m]", "x{a='b'}", "x; y", 'x{a="b}', "x offset 5m", "2x $y"])
def test_what_none_of_ours_says_is_no_metric_of_the_catalogue(expression: str) -> None:
    try:
        found = asked(expression)
    except ValueError:
        return
    assert not found.metrics <= CATALOGUE.keys()


def test_every_metric_is_shown_or_watched() -> None:
    used = {name for expression in EXPRESSIONS for name in asked(expression).metrics}
    assert CATALOGUE.keys() - used == set()


@pytest.mark.parametrize("metric", [m for told in BY_SOURCE.values() for m in told], ids=lambda m: m.name)
def test_a_metric_says_what_it_is(metric: Metric) -> None:
    assert re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", metric.name)
    assert metric.meaning.endswith(".")
    # Prometheus gives each series these two, and would call ours otherwise.
    assert metric in BY_SOURCE["prometheus"] or not {"job", "instance"} & {*metric.labels}
    if metric in BY_SOURCE["serve"]:
        assert metric.name.startswith("headwater_")
        assert metric.unit in ("", "nats") or metric.name.endswith(f"_{metric.unit}")


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.name)
def test_a_dashboard_has_the_shape_that_grafana_reads(dashboard: Dashboard) -> None:
    told = json.loads(FILES[f"grafana/dashboards/{dashboard.name}.json"])
    assert told["title"].startswith("Headwater: ")
    assert re.fullmatch(r"[a-z-]{1,40}", told["uid"])
    assert isinstance(told["schemaVersion"], int)
    ids = [panel["id"] for panel in told["panels"]]
    assert len(set(ids)) == len(ids) > 0
    taken: set[tuple[int, int]] = set()
    for at in (panel["gridPos"] for panel in told["panels"]):
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not taken & cells, "panels do not cover one another"
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_dashboards_differ_in_name() -> None:
    assert len({board.to_json()["uid"] for board in DASHBOARDS}) == len(DASHBOARDS)


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_has_targets_a_unit_and_a_meaning(panel: dict[str, Any]) -> None:
    assert panel["type"] in KINDS
    assert panel["title"]
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["targets"]
    assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
    for target in panel["targets"]:
        assert target["datasource"] == panel["datasource"] == DATASOURCE
        assert target["instant"] != target["range"]
        metrics = asked(target["expr"]).metrics
        assert all(f"`{name}`: {CATALOGUE[name].meaning}" in panel["description"] for name in metrics)
        # A curve is named by labels that are left: of all, or of those that are added up by.
        named = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        assert named <= {label for name in metrics for label in CATALOGUE[name].labels}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_waits_and_says_what_is_wrong_and_what_to_do(rule: dict[str, Any]) -> None:
    assert re.fullmatch(r"Headwater[A-Z][A-Za-z]+", rule["alert"])
    assert re.fullmatch(r"[1-9]\d*m", rule["for"])
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["description"].endswith(".")
    told = " ".join(rule["annotations"].values())
    labels = {label for name in asked(rule["expr"]).metrics for label in CATALOGUE[name].labels}
    assert set(re.findall(r"\$labels\.(\w+)", told)) <= labels
    assert re.sub(r"{{ \$(labels\.\w+|value) }}", "", told).count("{") == 0


def test_what_alerts_tell_to_do_can_be_done() -> None:
    told = " ".join(alert.remedy for alert in ALERTS)
    assert {name.lower() for name in re.findall(r"HEADWATER_(\w+)", told)} <= Settings.model_fields.keys()
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for said in re.findall(r"`headwater ([^`]+)`", told):
        name, *inner = said.split()
        assert not inner or inner[0] in commands[name].commands
    options = {option for parameter in commands["serve"].params for option in parameter.opts}
    assert set(re.findall(r"--[a-z-]+", told)) <= options


def test_the_containers_have_what_the_files_name() -> None:
    services = yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"]
    volumes = [v.split(":") for name in ("prometheus", "grafana") for v in services[name]["volumes"]]
    inside = {target: DOCKER / source for source, target, *how in volumes if how == ["ro"]}
    assert (inside["/etc/prometheus"] / "prometheus.yml").exists()
    assert {p.name for p in inside["/etc/grafana/provisioning"].iterdir()} == {"dashboards", "datasources"}
    home = Path(services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert str(home.parent) == MOUNTED
    assert (inside[MOUNTED] / home.name).exists()
    scraped = yaml.safe_load(FILES["prometheus/prometheus.yml"])["scrape_configs"]
    targets = [target for job in scraped for told in job["static_configs"] for target in told["targets"]]
    assert {target.split(":")[0] for target in targets} <= services.keys()
    # As the image has it.
    assert f"HEADWATER_METRICS_PORT={FLINK_PORT}" in (DOCKER / "Dockerfile").read_text()
    assert "--port" not in services["serve"]["command"]
    for name, port in (("serve", SERVE_PORT), ("prometheus", PROMETHEUS_PORT)):
        assert f":{port}/" in services[name]["healthcheck"]["test"][-1]
    assert inspect.signature(serve_api).parameters["port"].default == SERVE_PORT


def test_alerts_differ_in_name() -> None:
    assert len({alert.name for alert in ALERTS}) == len(ALERTS)
