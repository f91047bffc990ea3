"""`headwater models` shows what a model tells of itself."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from headwater.cli import app
from headwater.commands import models
from online_models.catalog import MODELS
from online_models.declaration import Declaration
from online_models.model import OnlineModel
from tests.learning import batches, planted, told

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("declared", MODELS.values(), ids=list(MODELS))
def test_every_model_is_shown(declared: Declaration, monkeypatch: pytest.MonkeyPatch) -> None:
    model = OnlineModel(declared)
    for batch in batches(planted(2_000, 1)):
        model.learn(told(declared, batch))
    model.guard.refused["absurd"] = 7
    written = {field: json.loads(json.dumps(value)) for field, value in model.summary().items()}
    found: dict[str, Any] = {declared.name: {**written, "generation": 1, "published_at_ms": 0}}
    monkeypatch.setattr(models, "endpoints", lambda _: SimpleNamespace(redis=""))
    monkeypatch.setattr(models, "snapshots", lambda _: found)
    ran = [CliRunner().invoke(app, ["models", *of]) for of in (["list"], ["show", declared.name])]
    assert [run.exit_code for run in ran] == [0, 0]
    assert all(f"{model.examples:,}" in run.output for run in ran)
    assert "7 absurd" in ran[1].output
    assert ("weights that have names" in ran[1].output) == ("weights" in written["learner"])
    shown = CliRunner().invoke(app, ["models", "show", declared.name, "--json"])
    assert json.loads(shown.output)["learner"] == written["learner"]
