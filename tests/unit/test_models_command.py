"""`headwater models` shows what a model tells of itself."""

from __future__ import annotations

import json
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

import headwater.model_orders
from features.live import NOT_COMPUTED
from features.view import View
from headwater import consumers
from headwater.cli import app
from headwater.commands import model_orders, models
from headwater.errors import HeadwaterError
from headwater.settings import Settings
from online_models.catalog import MODELS
from online_models.declaration import Declaration
from online_models.members.models import MemberModels
from online_models.members.scorer import Kind
from online_models.model import OnlineModel
from online_models.trial import ENOUGH
from schemas.orders import HAND, Order
from serving.observed import Observed
from tests import conduct
from tests.conduct import KINDS
from tests.learning import batches, learnt, planted

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("declared", MODELS.values(), ids=list(MODELS))
def test_every_model_is_shown(declared: Declaration, monkeypatch: pytest.MonkeyPatch) -> None:
    model = learnt(declared, *batches(planted(2_000, 1)))
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
    assert ("value, dr: 0." in ran[1].output) == ("value" in written["learner"])
    shown = CliRunner().invoke(app, ["models", "show", declared.name, "--json"])
    assert json.loads(shown.output)["learner"] == written["learner"]


def test_views_that_models_read_and_nobody_computes_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "endpoints", lambda _: SimpleNamespace(redis=""))
    monkeypatch.setattr(models, "snapshots", lambda _: published_as())
    left = {"profile_genre", "member_title"}

    def observed(settings: Settings, views: list[View]) -> list[Observed]:
        return [Observed(NOT_COMPUTED if view.name in left else "fresh", 1.0) for view in views]

    monkeypatch.setattr(models, "observed", observed)
    monkeypatch.setattr(models, "load", lambda: Settings(views="title_engagement"))
    told = CliRunner().invoke(app, ["models", "list"]).stderr
    assert "nothing of them: profile_genre, member_title" in told
    assert "HEADWATER_VIEWS=title_engagement,profile_genre,member_title headwater deploy" in told
    left.clear()
    assert CliRunner().invoke(app, ["models", "list"]).stderr == ""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_models_of_members_are_shown_and_say_that_they_have_no_auc(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = of_members(kind)
    for of in (models, model_orders):
        monkeypatch.setattr(of, "endpoints", lambda _: SimpleNamespace(redis="", kafka=""))
    monkeypatch.setattr(models, "snapshots", lambda _: found)
    listed = CliRunner().invoke(app, ["models", "list"])
    assert listed.exit_code == 0
    for name in kind.models:
        assert (f"{name} has no AUC" in listed.output) == (name != "churn")
        shown = CliRunner().invoke(app, ["models", "show", name])
        assert shown.exit_code == 0
        assert ("missed visits" in shown.output) == (name == "churn")
        assert ("drama" in shown.output) == (name == "clusters")
        assert not any(of in shown.output for of in ("rolled back", "promoted"))
        for action in ("rollback", "promote"):
            refused = CliRunner().invoke(app, ["models", action, name]).exception
            assert isinstance(refused, HeadwaterError)
            assert f"{name} keeps no versions, so it takes no {action}" in str(refused)
            assert f"headwater models freeze {name}" in refused.remedy
    found[name]["frozen"] = "hand: odd"
    assert f"{name} is frozen, by hand: odd" in CliRunner().invoke(app, ["models", "list"]).output
    assert "hand: odd" in CliRunner().invoke(app, ["models", "show", name]).output


def of_members(kind: Kind) -> dict[str, dict[str, Any]]:
    """The snapshots of the models of a scorer that have learnt a little."""
    learning = MemberModels(kind)
    for rows in conduct.batches(kind, 14):
        learning.score(rows)
    told = json.loads(json.dumps(learning.summaries(learning.to_bytes())))
    return {name: {**summary, "generation": 1, "published_at_ms": 0} for name, summary in told.items()}


def test_every_model_is_frozen_and_thawed_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {name: OnlineModel(declared).summary() for name, declared in MODELS.items()}
    for kind in KINDS:
        found |= of_members(kind)
    assert {*found} == {*consumers.MODELS}
    given: list[Order] = []
    monkeypatch.setattr(model_orders, "endpoints", lambda _: SimpleNamespace(redis="", kafka=""))
    monkeypatch.setattr(headwater.model_orders, "give", lambda _, orders: given.extend(orders))
    monkeypatch.setattr(models, "snapshots", lambda _: found)
    for name in found:
        for action in ("freeze", "unfreeze"):
            assert CliRunner().invoke(app, ["models", action, name]).exit_code == 0
    assert [(order.model, order.action) for order in given] == [
        (name, action) for name in found for action in ("freeze", "unfreeze")
    ]


def published_as(**told: Any) -> dict[str, Any]:
    """The snapshot of a model that has learnt a little."""
    model = OnlineModel(MODELS["take"])
    model.learn(planted(300, 1))
    return {"take": {**model.summary(), "generation": 1, "published_at_ms": 0, **told}}


RIVAL = {"examples": 1_234, "evidence": 0.5 * ENOUGH}


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("freeze", {}),
        ("unfreeze", {}),
        ("rollback", {"last_good": {"at": 2_000, "evidence": 0.0}}),
        ("promote", {"challenger": RIVAL}),
    ],
)
def test_orders_are_given_by_hand(action: str, told: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Order] = []
    monkeypatch.setattr(model_orders, "endpoints", lambda _: SimpleNamespace(redis="", kafka=""))
    monkeypatch.setattr(headwater.model_orders, "give", lambda _, orders: given.extend(orders))
    monkeypatch.setattr(models, "snapshots", lambda _: published_as(**told))
    ran = CliRunner().invoke(app, ["models", action, "take", "--reason", "odd", "--json"])
    assert ran.exit_code == 0, ran.output
    assert [asdict(order) for order in given] == [json.loads(ran.output)]
    assert (given[0].action, given[0].by, given[0].reason) == (action, HAND, "odd")
    assert f"take: {action} with" in CliRunner().invoke(app, ["models", action, "take"]).output
    given.clear()
    monkeypatch.setattr(models, "snapshots", lambda _: published_as())
    refused = CliRunner().invoke(app, ["models", action, "take" if told else "other"])
    assert isinstance(refused.exception, HeadwaterError)
    assert not given


def test_what_stands_beside_a_model_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    last = {"at": 2_000, "evidence": 0.0}
    told = published_as(frozen="hand: odd", challenger=RIVAL, last_good=last, rolled_back=3)
    monkeypatch.setattr(models, "endpoints", lambda _: SimpleNamespace(redis=""))
    monkeypatch.setattr(models, "snapshots", lambda _: told)
    shown = CliRunner().invoke(app, ["models", "show", "take"]).output
    assert all(of in shown for of in ("hand: odd", "1,234 examples, 50%", "after 2,000 examples", "3"))
    assert "take is frozen, by hand: odd" in CliRunner().invoke(app, ["models", "list"]).output
