"""How good models are is kept minute by minute, once each, and drawn."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from headwater.cli import app
from headwater.commands import models as command
from headwater.errors import HeadwaterError
from headwater.experiments.picture import page
from headwater.model_report import report
from headwater.monitor.models import MINUTES, Models, keep
from online_models.catalog import MODELS
from online_models.model import OnlineModel
from schemas.model_minute import ModelMinute
from schemas.page_minute import PageMinute
from schemas.topics import MIB, MINUTE_MS
from tests.doubles import Kept
from tests.learning import START_MS, batches, planted, told

pytestmark = pytest.mark.unit


class Store:
    """Snapshots in memory."""

    def __init__(self) -> None:
        self.held: dict[str, dict[str, Any]] = {}

    def names(self) -> list[str]:
        return sorted(self.held)

    def read(self, name: str) -> dict[str, Any] | None:
        return self.held.get(name)

    def publish(self, model: OnlineModel, generation: int = 1) -> None:
        snapshot = json.loads(json.dumps(model.summary()))
        self.held[model.declared.name] = {**snapshot, "generation": generation, "published_at_ms": 0}


def learning(name: str) -> tuple[OnlineModel, list[Any]]:
    """A model, and batches of 25 s."""
    declared = MODELS[name]
    return OnlineModel(declared), [told(declared, batch) for batch in batches(planted(8_000, 1))]


def test_each_minute_is_told_once_over_restarts_too() -> None:
    store, outlet = Store(), Kept()
    model, given = learning("take")
    models = Models(store, {})
    for n, batch in enumerate(given):
        model.learn(batch)
        store.publish(model)
        if n % 3 == 0:
            models = Models(store, outlet.saved(MINUTES))
        keep(models, outlet, START_MS + 10_000 * n)
    minutes = [minute.minute_ms for minute in outlet.minutes]
    first_ms, last_ms = (int(given[n].event_time_ms[-1]) for n in (0, -1))
    assert minutes == list(range(first_ms // MINUTE_MS * MINUTE_MS, last_ms, MINUTE_MS))
    store.publish(OnlineModel(MODELS["take"]), generation=2)
    keep(models, outlet, START_MS + 10**6)
    assert outlet.minutes[-1].generation == 2, "a job that begins anew is told of from its first minute"
    kept = ModelMinute.from_json(outlet.minutes[3].to_json())
    assert kept == outlet.minutes[3]
    assert kept.auc is not None
    assert kept.auc > 0.5


def test_it_looks_every_five_seconds() -> None:
    store = Store()
    models = Models(store, {})
    assert models.look(START_MS) == []
    store.publish(learning("take")[0])
    assert models.look(START_MS + 4_000) == []
    assert len(models.look(START_MS + 5_000)) == 1


@pytest.mark.parametrize("name", MODELS)
def test_a_record_is_small_and_a_report_says_what_the_snapshot_says(name: str) -> None:
    model, given = learning(name)
    store = Store()
    for batch in given:
        model.learn(batch)
    store.publish(model)
    minute = ModelMinute.of_snapshot(name, store.held[name])
    assert len(minute.to_json()) < MIB / 50
    result = report([minute] * 500)
    assert result.rows[0]["AUC"] == round(store.held[name]["auc"], 6)
    assert {row["slice"].split()[0] for row in result.rows} == {"all", *store.held[name]["slices"]}
    assert all(len(curve.ys) == len(chart.xs) <= 60 for chart in result.charts for curve in chart.curves)
    assert page(result).count("<svg") == 3


def test_a_snapshot_of_an_older_job_is_no_reason_to_fail() -> None:
    old = {"learnt_until_ms": 1, "generation": 1, "version": 3, "log_loss": 0.5, "base_log_loss": 0.6}
    assert ModelMinute.of_snapshot("take", old).slices == {}


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> Store:
    store = Store()
    monkeypatch.setattr(command, "endpoints", lambda _: SimpleNamespace(redis="", kafka=""))
    monkeypatch.setattr(command, "snapshots", lambda _: store.held)
    monkeypatch.setattr(command.minutes, "of_models", lambda kafka, since_ms: [])
    page = PageMinute(MINUTE_MS, 40, 0.5, 0.25, 0.9, 0.75)
    monkeypatch.setattr(command.minutes, "of_pages", lambda kafka, since_ms: [page])
    return store


def test_the_command_writes_a_page_a_model(published: Store, tmp_path: Path) -> None:
    model, given = learning("take")
    model.learn(given[0])
    published.publish(model)
    out = tmp_path / "new"
    ran = CliRunner().invoke(app, ["models", "report", "--out", str(out), "--json"])
    assert ran.exit_code == 0, ran.output
    result, pages = json.loads(ran.stdout)
    assert pages["rows"] == [{"coverage": 0.5, "gini": 0.25, "entropy": 0.9, "diversity": 0.75}]
    assert result["rows"][0]["AUC"] == pytest.approx(model.summary()["auc"], abs=1e-6)
    assert sorted(path.name for path in out.iterdir()) == [
        "pages-1.svg",
        "pages.html",
        "take-1.svg",
        "take-2.svg",
        "take-3.svg",
        "take.html",
    ]
    assert "take: after" in CliRunner().invoke(app, ["models", "report", "--out", str(out)]).stdout


def test_without_a_model_there_is_nothing_to_report(published: Store, tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["models", "report", "--out", str(tmp_path)])
    assert isinstance(ran.exception, HeadwaterError)
    assert published.held == {}
