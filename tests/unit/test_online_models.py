"""An online model: what it counts, measures, undoes and tells, whatever it is fed."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from online_models.catalog import MODELS, TAKE
from online_models.declaration import Declaration
from online_models.examples import Examples
from online_models.model import OnlineModel
from schemas.artwork import STYLES
from tests.learning import batches, learnt, planted, told

pytestmark = pytest.mark.unit

each_model = pytest.mark.parametrize("declared", MODELS.values(), ids=list(MODELS))


@each_model
def test_counts_are_those_of_the_examples(declared: Declaration) -> None:
    world = planted(600, 7)
    model, given_to = learnt(declared, *batches(world, 200)), told(declared, world)
    assert (model.examples, model.positives) == (len(given_to), given_to.label.sum())
    assert model.learnt_until_ms == given_to.event_time_ms.max()
    empty = learnt(declared, world.only(slice(0, 0)))
    assert empty.to_bytes() == OnlineModel(declared).to_bytes()


@each_model
def test_the_order_in_which_rows_arrive_does_not_matter(declared: Declaration) -> None:
    columns, rng = declared.outcome.columns, Random(3)
    some: dict[str, list[object]] = {column: [None, "a", "b"] for column in columns}
    some |= {column: [0, 1, 2, 3] for column in declared.outcome.numbers} | {"followed": [0, 1]}
    some["known"] = [None, "[7,{}]", json.dumps([7, {known.name: 0.5 for known in declared.known}])]
    some["artwork"], some["artwork_propensity"] = list(STYLES), [0.5, 1]
    rows = [
        [i // 3, f"e{i % 7}-{i}", *(rng.choice(some[column]) for column in columns[2:])] for i in range(50)
    ]
    batch = [json.dumps(row) for row in rows]
    model, other = OnlineModel(declared), OnlineModel(declared)
    model.learn(declared.examples(batch))
    rng.shuffle(batch)
    other.learn(declared.examples(batch))
    assert model.to_bytes() == other.to_bytes()
    assert model.examples > 5


@each_model
def test_a_batch_that_would_break_the_learner_is_undone(declared: Declaration) -> None:
    broken = learnt(declared, planted(200, 4))
    state = broken.learner.state()
    within = state.get("members") or state.get("common") or state
    weights = next(within[of] for of in ("bias", "pull", "z", "weights") if of in within)
    weights[:] = -math.inf
    broken.learner = declared.learner.start(state)
    before = broken.examples
    broken.learn(told(declared, planted(100, 5)))
    assert broken.examples == before
    assert broken.guard.refused["diverged"] > 10
    with pytest.raises(ValueError, match="finite"):
        broken.to_bytes()


def test_an_undone_batch_leaves_no_trace_but_its_count(monkeypatch: pytest.MonkeyPatch) -> None:
    model = learnt(TAKE, planted(300, 4))
    before, learn = model.learner.state(), model.learner.learn

    def overflowing(examples: Examples) -> None:
        learn(examples)
        np.float64(1e300) * np.array([1e300])

    monkeypatch.setattr(model.learner, "learn", overflowing)
    model.learn(planted(50, 6))
    assert model.guard.refused == {"diverged": 50}
    assert {name: of.tolist() for name, of in model.learner.state().items()} == {
        name: of.tolist() for name, of in before.items()
    }


@each_model
def test_a_summary_is_json_and_names_what_was_learnt(declared: Declaration) -> None:
    model = learnt(declared, *batches(planted(2_000, 8)))
    summary = json.loads(json.dumps(model.summary(), allow_nan=False))
    assert summary["version"] == model.examples
    assert summary["state_bytes"] == len(model.to_bytes()) < declared.most_bytes + 10_000
    assert summary["digest"] != OnlineModel(declared).summary()["digest"]
    assert len(json.dumps(summary)) < 100_000


def test_named_weights_are_those_of_the_planted_world() -> None:
    weights = learnt(TAKE, *batches(planted(8_000, 8))).summary()["learner"]["weights"]
    assert weights["row=0"] > weights["row=11"]
    assert not {"country=FR", "row=20", "device_type=tablet"} & set(weights), "none that it never met"


@each_model
def test_a_prediction_is_a_number_whatever_is_asked(declared: Declaration) -> None:
    model, few = learnt(declared, planted(300, 1)), planted(60, 2)
    for bad in (math.nan, math.inf, -1e300):
        numbers = {bound.column: np.full(60, bad) for bound in declared.bounds}
        texts = {column: np.full(60, None, object) for column in declared.texts}
        found = model.predict(replace(few, columns={**few.columns, **numbers, **texts}))
        assert np.isfinite(found).all()
        assert ((found >= 0) & (found <= 1)).all()
