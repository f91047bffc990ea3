"""Misconduct is sound event by event, and a naive reading finds of it what is said; of plain traffic none."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import numpy as np
import pytest

from headwater.traffic.delivery import MemorySink, deliver
from headwater.traffic.generate import traffic
from headwater.traffic.message import Message
from headwater.traffic.misconduct import MISCONDUCT, RESENT, Misconduct, commit
from headwater.traffic.population import make_world
from headwater.traffic.truth import Truth
from schemas.codec import decode_batch
from schemas.events import EVENT_NAMES, EVENTS
from tests.naive_streams import Event, naive_violations
from validators.inspect import columns, inspect
from validators.ruleset import load
from validators.stream_ruleset import shipped

pytestmark = pytest.mark.unit

START_MS = 1_780_000_000_000
WORLD = make_world(Random(1), members=400, titles=200)
RULES = {rule.name: rule for rule in shipped()}
each_kind = pytest.mark.parametrize("kind", MISCONDUCT, ids=lambda kind: kind.name)


def sent(rate: int = 200, **more: object) -> list[Message]:
    return list(traffic(WORLD, rate, 20, START_MS, 5, **more))  # type: ignore[arg-type]


def events(messages: list[Message]) -> list[Event]:
    return [{"event": m.event, **m.record} for m in messages]


@pytest.mark.parametrize("event", EVENT_NAMES)
def test_every_event_of_misconduct_is_sound(event: str) -> None:
    messages = [m for m in sent(misconduct=0.1, servers=True, scores=True) if m.event == event]
    decoded = decode_batch(EVENTS[event], [m.value for m in messages])
    assert not decoded.reasons
    ingestion_ms = np.array([m.due_ms for m in messages])
    assert not inspect(load().rules[event], columns([decoded.batch], ingestion_ms)).failed.any()
    assert all(m.outcome == "valid" for m in messages)


@pytest.mark.parametrize(("rate", "servers"), [(200, False), (200, True), (500, True)])
def test_plain_traffic_breaks_no_rule_over_many_events(rate: int, servers: bool) -> None:
    messages = sent(rate, servers=servers)
    assert naive_violations(RULES.values(), events(messages)) == []
    assert (len(messages) > rate * 20) == servers


@each_kind
def test_a_kind_breaks_its_rule_and_no_other(kind: Misconduct) -> None:
    # A pause on its own would be one without its play.
    for before in [m for m in sent() if m.event != "pause"][::150]:
        done = commit(kind, Random(3), before, "own")
        misdeed = done[-1].misdeed
        assert misdeed is not None
        assert [m.fault for m in done] == [kind.name] * len(done)
        assert [m.misdeed for m in done[:-1]] == [None] * (len(done) - 1)
        assert all(one.due_ms <= two.due_ms for one, two in pairwise([before, *done]))
        found = naive_violations(RULES.values(), events([before, *done]))
        assert [(v["rule"], v["key"]) for v in found] == [(kind.rule, misdeed.key)]
        assert 0 <= misdeed.at_ms - found[0]["at_ms"] <= RULES[kind.rule].window_ms


def test_what_is_sent_again_reaches_another_partition_unchanged() -> None:
    (resent,) = (kind for kind in MISCONDUCT if kind.name == RESENT)
    for before in sent()[:50]:
        (again,) = commit(resent, Random(1), before, "own")
        assert (again.value, again.record) == (before.value, before.record)
        assert again.key != before.key


def test_events_of_misconduct_come_on_top_in_their_order() -> None:
    plain, found = sent(), sent(misconduct=0.05, servers=True)
    assert [m for m in found if m.event != "stream_start" and m.fault in (None, "unserved")] != []
    assert {(m.event, m.value) for m in plain} <= {(m.event, m.value) for m in found}
    assert all(one.due_ms <= two.due_ms for one, two in pairwise(found))
    assert found == sent(misconduct=0.05, servers=True)


def test_servers_report_each_play_but_those_that_they_miss() -> None:
    found = sent(misconduct=0.05, servers=True)
    plays = {m.record["event_id"] for m in found if m.event == "play" and m.fault != RESENT}
    served = {m.record["event_id"].removesuffix("-s") for m in found if m.event == "stream_start"}
    missed = {m.record["event_id"] for m in found if m.fault == "unserved"}
    alone = {m.record["event_id"] for m in found if m.fault == "unreported"}
    assert plays - served == missed
    assert served - plays == {event_id.removesuffix("-s") for event_id in alone}
    assert min(len(missed), len(alone)) > 3


def test_the_truth_tells_every_misdeed() -> None:
    messages = sent(misconduct=0.05, servers=True)
    truth = deliver(messages, MemorySink(), Truth(), now_ms=lambda: START_MS + 10**6)
    assert [m["event_id"] for m in truth.to_json()["misdeeds"]] == [
        m.misdeed.event_id for m in messages if m.misdeed
    ]
    assert {m.name for m in truth.misdeeds} == {*(k.name for k in MISCONDUCT), "unserved", "unreported"}
