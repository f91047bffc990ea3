"""Models that go wrong: lies are taken back, another world is learnt anew, all else changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from online_models.catalog import MODELS
from online_models.declaration import Declaration
from online_models.examples import Examples
from online_models.model import OnlineModel
from online_models.trial import losses
from schemas.orders import HAND, Order
from tests.learning import batches, flipped, joined, slowly, told

pytestmark = pytest.mark.unit

each_model = pytest.mark.parametrize("declared", MODELS.values(), ids=list(MODELS))
#: When things go wrong and when lies end, of how many. What happened alone tells less.
USUAL = (12_000, 15_000, 24_000)
AT = {"next_title": (30_000, 36_000, 50_000)}
#: Its steps never shrink, so it finds its way before another could prove to be better.
ALONE = "next_title"
MEMBERS = 40


def run(model: OnlineModel, examples: Examples, orders: Sequence[Order] = ()) -> float:
    """Learn all; the mean loss of the last 4,000 before they were learnt from."""
    found = []
    for batch in batches(examples, 500):
        given = told(model.declared, batch)
        found.append(losses(model.learner, given).mean())
        model.learn(given, orders)
    return float(np.mean(found[-8:]))


@each_model
def test_lies_that_no_guard_sees_are_rolled_back(declared: Declaration) -> None:
    begin, end, n = AT.get(declared.name, USUAL)
    world = slowly(n, 1, MEMBERS)
    lies = flipped(declared, world.only(slice(begin, end)))
    told_all = joined(world.only(slice(0, begin)), lies, world.only(slice(end, n)))
    model, honest = OnlineModel(declared), OnlineModel(declared)
    loss, clean = run(model, told_all), run(honest, world)
    print(f"{declared.name}: {model.versions.told()}, loss {loss:.4f}, without lies {clean:.4f}")
    assert model.versions.rolled_back >= (declared.name != ALONE)
    assert honest.versions.rolled_back == honest.versions.promoted == 0
    assert loss < clean + 0.02


@each_model
def test_another_world_ends_with_the_challenger_wherever_it_is_cut(declared: Declaration) -> None:
    begin, _, n = AT.get(declared.name, USUAL)
    world = slowly(n, 2, MEMBERS)
    after = flipped(declared, world.only(slice(begin, n)))
    model = OnlineModel(declared)
    before, packed = run(model, world.only(slice(0, begin))), model.to_bytes()
    loss = run(model, after)
    print(f"{declared.name}: {model.versions.told()}, loss {before:.4f}, then {loss:.4f}")
    assert model.versions.promoted == (declared.name != ALONE)
    assert model.versions.rolled_back == 0
    assert loss < before + 0.03
    for batch in batches(after, 500):
        cut = OnlineModel.from_bytes(declared, packed)
        cut.learn(told(declared, batch))
        packed = cut.to_bytes()
    assert packed == model.to_bytes()
    assert len(packed) < declared.most_bytes + 20_000


@each_model
def test_where_nothing_changes_nothing_is_changed(declared: Declaration) -> None:
    for seed in range(100, 120):
        model = OnlineModel(declared)
        run(model, slowly(8_000, seed))
        assert (model.versions.rolled_back, model.versions.promoted) == (0, 0), seed


@each_model
def test_by_hand_a_model_goes_back_to_what_it_was(declared: Declaration) -> None:
    world = told(declared, slowly(16_000, 3))
    asked = slowly(200, 4)
    back = Order(declared.name, "rollback", int(world.event_time_ms[-1]), HAND, "")
    model, kept = OnlineModel(declared), {}
    for batch in batches(world, 250):
        model.learn(batch)
        kept[model.examples] = model.predict(asked)
    at = model.summary()["last_good"]["at"]
    frozen = Order(declared.name, "freeze", 0, HAND, "")
    model.learn(world.only(slice(-1, None)), [back, frozen])
    assert model.versions.rolled_back == 1
    assert np.array_equal(model.predict(asked), kept[at])
    again = model.to_bytes()
    model.learn(world.only(slice(-1, None)), [back, frozen])
    model.guard.refused["frozen"] -= 1
    assert model.to_bytes() == again, "once"
