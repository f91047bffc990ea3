"""Orders to models: which are read, when a model is frozen by them, and what that leaves behind."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flink_jobs.live_orders import LiveOrders
from headwater.model_orders import NOTICE_MS, by_hand, of_condition
from online_models.catalog import MODELS
from online_models.declaration import Declaration
from online_models.model import OnlineModel
from online_models.obeyed import due, frozen, why
from online_models.published import keeps, pack
from schemas.orders import HAND, Action, Order, read
from schemas.quality import Condition
from tests.doubles import MemoryTopic
from tests.learning import START_MS, batches, planted, told

pytestmark = pytest.mark.unit

each_model = pytest.mark.parametrize("declared", MODELS.values(), ids=list(MODELS))
actions: list[Action] = ["freeze", "unfreeze", "rollback", "promote", "forget"]
orders = st.lists(
    st.builds(
        Order,
        st.just("take"),
        st.sampled_from(actions),
        st.integers(0, 9),
        st.sampled_from([HAND, "a/play", "b/hover"]),
        st.just(""),
    ),
    max_size=8,
)
ODD = [
    None,
    b"",
    b"[]",
    b"{}",
    b'{"model": "take", "action": "melt", "at_ms": 1, "by": "hand", "reason": ""}',
    b'{"model": "take", "action": "freeze", "at_ms": "1", "by": "hand", "reason": ""}',
    b'{"model": "take", "action": "freeze", "at_ms": true, "by": "hand", "reason": ""}',
    b'{"model": "take", "action": "forget", "at_ms": 1, "by": "hand", "reason": "", "member": 7}',
]


def order(action: Action, at_ms: int, by: str = HAND, reason: str = "") -> Order:
    return Order("take", action, at_ms, by, reason)


@given(orders)
def test_a_model_is_frozen_while_anybody_has_it_so(given_orders: list[Order]) -> None:
    """Against a naive reading that goes from millisecond to millisecond."""
    held: set[str] = set()
    expected = []
    for now_ms in range(12):
        for edge in ("freeze", "unfreeze"):
            those = {o.by for o in given_orders if (o.at_ms, o.action) == (now_ms, edge)}
            held = held | those if edge == "freeze" else held - those
        expected.append(bool(held))
        assert (why(given_orders, now_ms) or "").split("; ") == (sorted(held) or [""])
    assert frozen(given_orders, np.arange(12)).tolist() == expected
    assert frozen(list(reversed(given_orders)), np.arange(12)).tolist() == expected


@given(orders, st.lists(st.integers(0, 12), max_size=4))
def test_what_is_due_is_due_once(given_orders: list[Order], cuts: list[int]) -> None:
    ends = [-1, *sorted(cuts), 12]
    found = [o for after, until in pairwise(ends) for o in due(given_orders, after, until)]
    assert found == due(given_orders, -1, 12)
    assert len(found) == sum(not o.action.endswith("freeze") for o in given_orders)


@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_order_is_passed_over(odd: bytes | None) -> None:
    with pytest.raises(ValueError, match=r"give|use|no JSON"):
        read(odd)
    mine, other = order("freeze", 1), replace(order("freeze", 1), model="completion")
    topic = MemoryTopic(odd, mine.to_json(), other.to_json(), mine.to_json())
    live = LiveOrders(topic, ("take",))
    live.start()
    try:
        assert live.all() == (mine,)
        topic.add(odd)
        topic.add(order("unfreeze", 9).to_json())
        deadline_s = time.monotonic() + 10
        while len(live.all()) < 2 and time.monotonic() < deadline_s:
            time.sleep(0.005)
        assert live.all() == (mine, order("unfreeze", 9))
    finally:
        live.stop()


@each_model
def test_a_frozen_batch_changes_nothing_but_counts(declared: Declaration) -> None:
    groups = list(batches(told(declared, planted(6_000, 1)), 250))
    begin, end = (int(group.event_time_ms[0]) for group in (groups[1], groups[3]))
    stretch = [order("freeze", begin, reason="odd"), order("unfreeze", end)]
    model, without = OnlineModel(declared), OnlineModel(declared)
    for n, group in enumerate(groups):
        model.learn(group, stretch)
        assert model.frozen == ("hand: odd" if n in (1, 2) else None)
        assert np.isfinite(model.predict(group)).all()
        if n not in (1, 2):
            without.learn(group)
        refused = sum(model.guard.refused.values())
        assert model.examples + refused == sum(map(len, groups[: n + 1])), "in = learnt + refused"
    assert model.guard.refused.pop("frozen") == len(groups[1]) + len(groups[2])
    assert model.to_bytes() == without.to_bytes()


def test_an_order_of_before_there_was_forgetting_is_still_one() -> None:
    told = b'{"model": "take", "action": "freeze", "at_ms": 1, "by": "hand", "reason": "odd"}'
    assert read(told) == order("freeze", 1, reason="odd")
    gone = [by_hand("take", {"seen_until_ms": 5}, "forget", 7, "", member) for member in ("m1", "m2")]
    assert [read(o.to_json()) for o in gone] == gone
    assert len({o.key for o in gone}) == 2


@each_model
def test_who_is_forgotten_is_in_no_version_and_others_are_as_they_were(declared: Declaration) -> None:
    world = told(declared, planted(30_000, 1))
    *groups, last = batches(world, 250)
    model = OnlineModel(declared)
    for group in groups:
        model.learn(group)
    at_ms = int(last.event_time_ms[0])
    gone = Order(declared.name, "forget", at_ms, HAND, "", "m1")
    back = Order(declared.name, "rollback", at_ms, HAND, "")
    others = last.only(last.columns["member_id"] != "m1")
    has_vectors = keeps(declared, pack(model), "m1")
    assert has_vectors == (declared.name in ("completion", "next_title"))
    packed = model.to_bytes()

    def after(*given_orders: Order) -> OnlineModel:
        found = OnlineModel.from_bytes(declared, packed)
        found.learn(others, given_orders)
        return found

    for given_orders in ([gone], [gone, back]):
        found = after(*given_orders)
        assert not keeps(declared, pack(found), "m1")
        assert keeps(declared, pack(found), "m2") == has_vectors
        assert found.versions.rolled_back == len(given_orders) - 1
    assert pack(after(replace(gone, member="nobody"))) == pack(after())


def test_an_order_is_obeyed_once_and_what_cannot_be_changes_nothing() -> None:
    declared = MODELS["take"]
    model, without = OnlineModel(declared), OnlineModel(declared)
    given_orders = [order("rollback", START_MS + 20_000), order("promote", START_MS + 20_000)]
    for group in batches(planted(2_000, 1), 500):
        model.learn(group, given_orders)
        without.learn(group)
    assert (model.versions.rolled_back, model.versions.promoted) == (0, 0)
    assert model.learner.told() == without.learner.told()


def test_a_condition_freezes_its_models_from_before_its_alert_until_it_closes() -> None:
    broken = Condition("rejected/play", True, START_MS, "30%", ("x",), ("take", "completion"))
    first, second = of_condition(broken)
    assert (first.model, second.model, first.action) == ("take", "completion", "freeze")
    assert first.at_ms == START_MS - 300_000
    closed = of_condition(replace(broken, open=False, since_ms=START_MS + 60_000))
    times = np.array([START_MS - 300_001, START_MS - 300_000, START_MS + 59_999, START_MS + 60_000])
    assert frozen([first, closed[0]], times).tolist() == [False, True, True, False]


def test_by_hand_is_for_what_is_learnt_next() -> None:
    snapshot = {"seen_until_ms": START_MS}
    assert by_hand("take", snapshot, "freeze", 7, "odd") == order("freeze", START_MS + NOTICE_MS, HAND, "odd")
    assert by_hand("take", snapshot, "unfreeze", 7, "").at_ms == 7
