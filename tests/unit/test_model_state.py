"""States as bytes: equal ones are equal bytes, none has a NaN, and what cannot be read is refused."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from online_models.catalog import MODELS, NEXT_TITLE, TAKE
from online_models.declaration import Declaration
from online_models.linear import Linear
from online_models.model import FORMAT, OnlineModel
from online_models.published import pack
from online_models.state import from_bytes, to_bytes
from tests.learning import planted

pytestmark = pytest.mark.unit

shapes = arrays.array_shapes(min_dims=1, max_dims=2, min_side=0, max_side=5)
kinds = st.sampled_from([np.float64, np.int64, np.int32, np.uint64, np.uint8, np.bool_])
array = kinds.flatmap(
    lambda kind: arrays.arrays(
        kind, shapes, elements={"allow_nan": False, "allow_infinity": False} if kind is np.float64 else None
    )
)
numbers = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
names = st.text(max_size=4)
nested = st.recursive(
    array | numbers | st.text() | st.none(), lambda x: st.dictionaries(names, x, max_size=3), max_leaves=8
)
states = st.dictionaries(names, nested, max_size=4)


def alike(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return set(one) == set(other) and all(alike(one[name], other[name]) for name in one)
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    return type(one) is type(other) and bool(one == other)


@given(states)
@settings(max_examples=50, deadline=None)
def test_a_state_comes_back_and_equal_ones_are_equal_bytes(state: dict[str, Any]) -> None:
    packed = to_bytes(state, 7)
    again = from_bytes(packed, 7)
    assert alike(state, again)
    assert to_bytes(dict(reversed(again.items())), 7) == packed


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    "wrap", [np.float64, lambda bad: np.array([1.0, bad]), lambda bad: {"of": float(bad)}]
)
def test_what_is_not_finite_is_not_published(bad: float, wrap: Any) -> None:
    with pytest.raises(ValueError, match=r"finite|JSON"):
        to_bytes({"x": wrap(bad)}, 7)


@given(st.binary(max_size=60), st.integers(0, 400))
@settings(max_examples=50, deadline=None)
def test_other_bytes_are_refused_and_never_run(odd: bytes, cut: int) -> None:
    sound = to_bytes({"a": np.arange(30), "b": 1}, 7)
    for packed in (odd, b"HWMS" + odd, sound[:cut]):
        if packed != sound:
            with pytest.raises(ValueError, match="these bytes are no model state"):
                from_bytes(packed, 7)


def test_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="format 8, this code reads 7"):
        from_bytes(to_bytes({}, 8), 7)
    with pytest.raises(ValueError, match="type <c16"):
        to_bytes({"x": np.zeros(1, complex)}, 7)


def test_a_state_is_that_of_its_model() -> None:
    packed = OnlineModel(TAKE).to_bytes()
    with pytest.raises(ValueError, match="a state of take"):
        OnlineModel.from_bytes(NEXT_TITLE, packed)
    whole = from_bytes(packed, FORMAT)
    with pytest.raises(ValueError, match="not of take"):
        OnlineModel.from_bytes(TAKE, to_bytes(whole | {"declared": "another"}, FORMAT))


#: As `update_models` kept it before: river's logistic regression, as JSON.
FORMAT_1 = {
    "format": 1,
    "examples": 900,
    "positives": 180,
    "learnt_until_ms": 1_780_000_900_000,
    "refused": {"absurd": 2},
    "prequential": {"weight": 724.2, "positives": 150.5, "loss": 340.1, "base_loss": 361.7},
    "learner": {
        "weights": {"row=0": 0.4, "row=none": -0.2, "device_type=tv": 0.1, "dwell": -0.3, "x": 9.0},
        "intercept": -0.7,
        "steps": 900,
    },
}  # fmt: skip


#: What a state of format 3 did not hold.
SINCE_4 = {"versions", "seen_until_ms", "obeyed_ms", "frozen"}


def test_format_1_is_read_with_its_weights() -> None:
    model = OnlineModel.from_bytes(TAKE, json.dumps(FORMAT_1).encode())
    assert (model.examples, model.positives, model.guard.refused) == (900, 180, {"absurd": 2})
    assert model.quality.told()["all"]["log_loss"] is None, "measured anew"
    weights = model.learner.told()["weights"]
    named = {
        "bias": -0.7,
        "row=0": 0.4,
        "row=none": -0.2,
        "device_type=tv": 0.1,
        "dwell_ms": -0.3,
    }
    assert {name: weights[name] for name in named} == pytest.approx(named)
    assert "x" not in weights
    assert isinstance(TAKE.learner, Linear)
    model.learn(planted(200, 1))
    assert OnlineModel.from_bytes(TAKE, model.to_bytes()).to_bytes() == model.to_bytes()
    with pytest.raises(ValueError, match="next_title had no state of format 1"):
        OnlineModel.from_bytes(NEXT_TITLE, json.dumps(FORMAT_1).encode())


@pytest.mark.parametrize("declared", MODELS.values(), ids=list(MODELS))
def test_format_2_keeps_what_was_learnt_and_is_measured_anew(declared: Declaration) -> None:
    model = OnlineModel(declared)
    model.learn(planted(400, 1))
    state = from_bytes(model.to_bytes(), FORMAT)
    state = {name: state[name] for name in state if name not in {*SINCE_4, "quality"}}
    mean = {"weight": 724.2, "positives": 150.5, "loss": 340.1, "base_loss": 361.7}
    older = OnlineModel.from_bytes(declared, to_bytes(state | {"prequential": mean}, 2))
    assert older.examples == model.examples
    assert pack(older) == pack(model)
    assert older.quality.told()["all"]["auc"] is None
    older.learn(planted(400, 2))
    assert older.quality.told()["all"]["log_loss"] > 0


@pytest.mark.parametrize("declared", MODELS.values(), ids=list(MODELS))
def test_format_3_is_read_and_goes_on_with_nobody_beside_it(declared: Declaration) -> None:
    model = OnlineModel(declared)
    model.learn(planted(300, 1))
    whole = from_bytes(model.to_bytes(), FORMAT)
    old = {name: whole[name] for name in whole if name not in SINCE_4}
    again = OnlineModel.from_bytes(declared, to_bytes(old, 3))
    assert again.predict(planted(50, 2)).tolist() == model.predict(planted(50, 2)).tolist()
    told = again.summary()
    assert (told["last_good"], told["challenger"], told["frozen"]) == (None, None, None)
    assert told["seen_until_ms"] == model.learnt_until_ms
    again.learn(planted(100, 3))
    assert OnlineModel.from_bytes(declared, again.to_bytes()).to_bytes() == again.to_bytes()
