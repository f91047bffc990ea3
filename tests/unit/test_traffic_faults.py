"""Every kind in the catalogue of faults does what it declares, judged by the codec and the rules in force."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.titles import for_rules
from headwater.traffic.disturb import apply, disturb
from headwater.traffic.fault import Fault
from headwater.traffic.faults import CATALOGUE
from headwater.traffic.generate import traffic
from headwater.traffic.message import OUTCOMES, Message
from headwater.traffic.population import catalogued, make_world
from schemas.codec import decode_batch
from schemas.events import EVENT_NAMES, EVENTS
from schemas.topics import LATENESS_HORIZON_MS, MAX_DATUM_BYTES, MAX_RECORD_BYTES
from validators.inspect import columns, inspect
from validators.ruleset import load

pytestmark = pytest.mark.unit

START_MS = 1_780_000_000_000
WORLD = make_world(Random(1), members=400, titles=200)
TITLES = for_rules({title.title_id: title for title in catalogued(WORLD.titles)})
RULES = load().rules
EACH = [pytest.param(fault, event, id=f"{fault.name}-{event}") for fault in CATALOGUE for event in fault.on]


PLAIN = list(traffic(WORLD, 200, 10, START_MS, 5, servers=True, scores=True))


def sound(event: str) -> list[Message]:
    return [m for m in PLAIN if m.event == event]


def judged(message: Message, severity: str) -> list[str]:
    """What rules of a severity, and all before them, say of the message when it is ingested as it is due."""
    if message.value is not None and len(message.value) > MAX_DATUM_BYTES:
        return ["oversize"]
    if message.key is None:
        return ["null_key"]
    decoded = decode_batch(EVENTS[message.event], [message.value])
    if decoded.reasons:
        return list(decoded.reasons.values())
    rules = tuple(rule for rule in RULES[message.event] if rule.severity == severity)
    return inspect(rules, columns([decoded.batch], np.array([message.due_ms]), TITLES)).reasons(0)


def age_ms(message: Message) -> int:
    return message.due_ms - int(message.record["event_time"])


@pytest.mark.parametrize(("fault", "event"), EACH)
def test_a_fault_ends_as_it_declares(fault: Fault, event: str) -> None:
    rng = Random(11)
    for before in sound(event)[:25]:
        spoilt = apply(fault, rng, before)
        assert (spoilt.event, spoilt.outcome, spoilt.fault) == (event, fault.outcome, fault.name)
        assert len(spoilt.value or b"") < MAX_RECORD_BYTES
        reasons = judged(spoilt, "warn" if fault.outcome == "valid" else "reject")
        if fault.outcome == "quarantined" or fault.reasons:
            assert set(reasons) & set(fault.reasons), reasons
            assert fault.outcome == "quarantined" or not judged(spoilt, "reject")
        else:
            assert reasons == []
            assert (age_ms(spoilt) > LATENESS_HORIZON_MS) == (fault.outcome == "late")
        if fault.outcome == "duplicate":
            assert (spoilt.key, spoilt.value) == (before.key, before.value)
            assert 0 < spoilt.due_ms - before.due_ms <= 1_000


@pytest.mark.parametrize("event", EVENT_NAMES)
def test_plain_traffic_breaks_no_rule(event: str) -> None:
    messages = sound(event)
    decoded = decode_batch(EVENTS[event], [m.value for m in messages])
    ingestion_ms = np.array([m.due_ms for m in messages])
    assert not decoded.reasons
    assert not inspect(RULES[event], columns([decoded.batch], ingestion_ms, TITLES)).failed.any()
    assert decoded.batch.select(["event_id", "member_id"]).to_pylist() == [
        {"event_id": m.record["event_id"], "member_id": m.record["member_id"]} for m in messages
    ]
    assert all(m.key == m.record["member_id"].encode() for m in messages)


def test_kinds_have_names_of_their_own_and_cover_every_outcome() -> None:
    assert len({fault.name for fault in CATALOGUE}) == len(CATALOGUE)
    assert {fault.outcome for fault in CATALOGUE} == set(OUTCOMES)


def test_the_key_is_missing_where_said() -> None:
    (null_key,) = (fault for fault in CATALOGUE if fault.name == "null_key")
    assert apply(null_key, Random(1), sound("play")[0]).key is None


@settings(max_examples=25, deadline=None)
@given(rate=st.floats(0, 1), seed=st.integers(0, 2**32))
def test_only_duplicates_come_on_top_and_the_order_stays(rate: float, seed: int) -> None:
    plain = list(traffic(WORLD, 100, 2, START_MS, 5))
    found = list(disturb(plain, rate, Random(seed)))
    assert len(found) == len(plain) + sum(m.outcome == "duplicate" for m in found)
    assert all(one.due_ms <= two.due_ms for one, two in pairwise(found))
    assert found == list(disturb(plain, rate, Random(seed)))
    assert rate or found == plain


def test_a_duplicate_comes_after_its_original() -> None:
    seen: set[bytes | None] = set()
    duplicates = 0
    for message in traffic(WORLD, 500, 5, START_MS, 5, fault_rate=0.5):
        assert (message.value in seen) or message.outcome != "duplicate"
        seen.add(message.value)
        duplicates += message.outcome == "duplicate"
    assert duplicates > 10


def test_every_kind_is_met() -> None:
    found = {m.fault for m in traffic(WORLD, 500, 40, START_MS, 5, fault_rate=0.5, scores=True)}
    assert found == {None, *(fault.name for fault in CATALOGUE)}
