"""Models of members and orders: each can be frozen and thawed alone, and tells scores all the while."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from online_models import state as states
from online_models.members.catalog import MODELS
from online_models.members.models import FORMAT, MemberModels
from online_models.members.scorer import Kind, digest
from online_models.obeyed import why, why_within
from schemas.orders import HAND, Action, Order
from tests.conduct import KINDS, batches

pytestmark = pytest.mark.unit

each_model = pytest.mark.parametrize(
    ("kind", "model"), [(kind, model) for kind in KINDS for model in kind.models], ids=lambda of: str(of)[:9]
)
#: What each says of a member, and the parts of a state in which it is.
SAYS = {"anomaly": "anomaly", "clusters": "taste_number", "churn": "churn_risk"}
PARTS = {"anomaly": ("trees", "examples"), "clusters": ("centres", "clustered"), "churn": ("churn",)}
#: Batches, of which some are frozen: the stretch begins and ends within a batch.
TURNS, FROZEN = 30, range(16, 19)
orders = st.lists(
    st.builds(
        Order,
        st.just("churn"),
        st.sampled_from(["freeze", "unfreeze"]),
        st.integers(0, 9),
        st.sampled_from([HAND, "a/play"]),
        st.just(""),
    ),
    max_size=6,
)


def stretch(kind: Kind, model: str) -> list[Order]:
    """From the last moment of a batch to the first of another."""
    ends = [rows.at_ms for rows in batches(kind, TURNS)]
    edges: list[tuple[Action, int]] = [
        ("freeze", ends[FROZEN[0]] - 1),
        ("unfreeze", ends[FROZEN[-1] - 1] + 1),
    ]
    return [Order(model, action, at_ms, HAND, "odd") for action, at_ms in edges]


def learnt_of(models: MemberModels, model: str) -> dict[str, Any]:
    """Its part of a state, as values that compare; of what waits for an answer nothing was learnt yet."""
    state = states.from_bytes(models.to_bytes(), FORMAT)
    parts = {part: state[part] for part in PARTS[model]}
    if model == "churn":
        parts["churn"] = {name: of for name, of in parts["churn"].items() if name != "waiting"}
    return {"packed": states.to_bytes(parts, FORMAT)}


def test_every_model_is_tried() -> None:
    assert {*SAYS} == {*PARTS} == {*MODELS}


@each_model
def test_a_frozen_model_tells_and_learns_nothing_and_the_others_go_on(kind: Kind, model: str) -> None:
    obeying, free, given_orders = MemberModels(kind), MemberModels(kind), stretch(kind, model)
    others = [other for other in kind.models if other != model]
    left_out, until_ms = 0, 0
    for turn, rows in enumerate(batches(kind, TURNS)):
        before, is_frozen = learnt_of(obeying, model), turn in FROZEN
        scores, as_free = obeying.score(rows, given_orders), free.score(rows)
        left_out, until_ms = (left_out + len(rows), until_ms) if is_frozen else (left_out, rows.at_ms)
        told = obeying.summaries(obeying.to_bytes())
        assert told[model]["frozen"] == ("hand: odd" if is_frozen else None)
        assert told[model]["refused"] == ({"frozen": left_out} if left_out else {})
        assert (told[model]["learnt_until_ms"], told[model]["seen_until_ms"]) == (until_ms, rows.at_ms)
        if is_frozen:
            assert learnt_of(obeying, model) == before
            assert any(SAYS[model] in score for score in scores)
            assert len(scores) == len(rows)
        for other in others:
            assert learnt_of(obeying, other) == learnt_of(free, other)
            assert told[other]["frozen"] is None
            said = [[score.get(SAYS[other]) for score in each] for each in (scores, as_free)]
            assert said[0] == said[1]
    learnt = told[model]["examples"]
    assert 0 < learnt < free.summaries(b"")[model]["examples"], "it learns again"


@each_model
def test_a_model_that_is_frozen_from_the_first_has_nothing_to_tell(kind: Kind, model: str) -> None:
    models, ordered = MemberModels(kind), [Order(model, "freeze", 0, HAND, "")]
    for rows in batches(kind, 12):
        assert not any(SAYS[model] in score for score in models.score(rows, ordered))
    told = models.summaries(models.to_bytes())[model]
    assert (told["examples"], told["learnt_until_ms"], told["frozen"]) == (0, 0, HAND)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_state_of_before_orders_goes_on(kind: Kind) -> None:
    models, rows = MemberModels(kind), batches(kind, 14)
    for one in rows[:-1]:
        models.score(one)
    state = states.from_bytes(models.to_bytes(), FORMAT)
    assert (state["scorer"], state["declared"]) == (kind.name, digest(kind))
    del state["standing"]
    again = MemberModels.from_bytes(kind, states.to_bytes(state, 1))
    assert again.to_bytes() == models.to_bytes()
    assert again.score(rows[-1]) == models.score(rows[-1])
    with pytest.raises(ValueError, match="format 3, this code reads 2"):
        MemberModels.from_bytes(kind, states.to_bytes(state, 3))


@given(orders, st.integers(0, 9), st.integers(1, 4))
def test_a_stretch_is_frozen_if_any_moment_of_it_is(given_orders: list[Order], from_ms: int, n: int) -> None:
    """Against a naive reading that goes from millisecond to millisecond."""
    moments = [why(given_orders, from_ms + after) for after in range(n)]
    assert why_within(given_orders, from_ms, from_ms + n) == next(filter(None, moments), None)
