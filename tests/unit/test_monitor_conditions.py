"""A condition holds while an alert of its watch stands, and protects those who read the event."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.catalog import VIEWS
from headwater import consumers
from headwater.consumers import names
from headwater.model_orders import of_condition
from headwater.monitor.conditions import conditions
from online_models.catalog import MODELS
from online_models.members.catalog import MODELS as OF_MEMBERS
from online_models.members.measure import EVENTS as CONDUCT
from schemas.events import EVENT_NAMES
from schemas.quality import Alert
from validators.watch.catalog import load
from validators.watch.declare import Watch

pytestmark = pytest.mark.unit

HARD = {"rejected_share": sorted(names()), "nulls": ["member_activity.plays"]}


def alert(rule: str, event: str, value: str = "") -> Alert:
    return Alert(
        5, rule, event, "country", value, "raised", 1.0, 0.5, 60_000, "validity", f"{rule} is broken"
    )


alerts = st.lists(
    st.builds(
        alert,
        st.sampled_from(["rejected_share", "nulls", "soft"]),
        st.sampled_from(EVENT_NAMES),
        st.sampled_from("ab"),
    ),
    max_size=6,
)


@given(history=st.lists(alerts, max_size=5))
def test_open_is_what_has_an_alert_now(history: list[list[Alert]]) -> None:
    before = {}
    for now_ms, raised in enumerate(history):
        found = conditions(HARD, raised, before, now_ms)
        assert {c.name for c in found if c.open} == {
            f"{a.rule}/{a.event}" for a in raised if a.rule != "soft"
        }
        # What has not changed keeps the time since when it holds.
        for c in found:
            was = before.get(c.name)
            if was and was.open == c.open:
                assert c == was
        assert set(before) <= {c.name for c in found}
        before = {c.name: c for c in found}


@pytest.mark.parametrize("event", EVENT_NAMES)
def test_it_names_the_views_that_count_the_event_and_no_others(event: str) -> None:
    (condition,) = conditions(HARD, [alert("rejected_share", event)], {}, 9)
    assert condition.features == tuple(sorted(v.name for v in VIEWS.values() if event in v.sources))
    learning = {name for name, model in MODELS.items() if event in model.events}
    learning |= {*OF_MEMBERS} if event in CONDUCT else set()
    assert condition.models == tuple(sorted(learning))
    assert (condition.since_ms, condition.reason) == (5, "rejected_share is broken")


@pytest.mark.parametrize(
    "watch", [watch for watch in load() if watch.severity == "hard"], ids=lambda w: w.name
)
def test_a_hard_condition_freezes_every_model_of_its_event(watch: Watch) -> None:
    for name, events in consumers.MODELS.items():
        for event in {*events} & {*watch.events}:
            (condition,) = conditions({watch.name: watch.needed_by}, [alert(watch.name, event)], {}, 9)
            assert (name, "freeze") in {(order.model, order.action) for order in of_condition(condition)}


def test_it_names_only_those_that_need_the_watch() -> None:
    (condition,) = conditions(HARD, [alert("nulls", "play")], {}, 9)
    assert (condition.features, condition.models) == (("member_activity",), ())


@pytest.mark.parametrize("raised", [[], [alert("old", "play")]], ids=["gone", "soft"])
def test_a_condition_closes_when_its_watch_is_hard_no_more(raised: list[Alert]) -> None:
    (was,) = conditions({"old": ["member_activity"]}, [alert("old", "play")], {}, 9)
    before = {was.name: was}
    (closed,) = conditions(HARD, raised, before, 12)
    assert closed == replace(was, open=False, since_ms=12, reason="")
    assert conditions(HARD, raised, {closed.name: closed}, 15) == [closed]
