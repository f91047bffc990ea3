"""Rules in force in a running gate: the last that can be used, whatever else the topic holds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from confluent_kafka import KafkaError, KafkaException
from hypothesis import given, settings
from hypothesis import strategies as st

from flink_jobs.live_rules import LiveRules
from headwater.rule_versions import SHIPPED, of
from tests.doubles import MemoryTopic
from validators.published import Published, RuleText, proposed, shipped
from validators.ruleset import RULES_DIR, load

pytestmark = pytest.mark.unit

HOVER = (RULES_DIR / "hover.yaml").read_text()
GOOD: list[Published] = [
    proposed(shipped(), [RuleText("hover.yaml", HOVER.replace("600000", f"{n}00000"))], False, False, 1, "")
    for n in (5, 4)
]
BAD = [None, b"", b"{", b"[]", b'{"files": 3}', shipped().to_json().replace(b"BETWEEN", b"BETWIXT")]
VALUES: list[bytes | None] = [*(one.to_json() for one in GOOD), *BAD]


def once(holds: Callable[[], bool]) -> bool:
    deadline_s = time.monotonic() + 10
    while not holds() and time.monotonic() < deadline_s:
        time.sleep(0.005)
    return holds()


def following(topic: MemoryTopic) -> LiveRules:
    rules = LiveRules(topic, load())
    rules.start()
    return rules


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(VALUES), max_size=5))
def test_a_start_takes_the_last_set_that_can_be_used(held: list[bytes | None]) -> None:
    rules = following(MemoryTopic(*held))
    rules.stop()
    good = [(1_000 + i, v) for i, v in enumerate(held) if v not in BAD]
    expected = next((one.hash for one in GOOD if good and good[-1][1] == one.to_json()), load().hash)
    assert rules.current().hash == expected
    assert rules.changed_ms() == (good[-1][0] if good else 0)
    assert of(MemoryTopic(*held).written()).in_force.rules.hash == expected


def test_what_is_published_is_in_force_and_what_cannot_be_used_is_passed_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    topic = MemoryTopic()
    rules = following(topic)
    assert rules.current() == load()
    for published in GOOD:
        topic.add(published.to_json())
        assert once(lambda one=published: rules.current().hash == one.hash)
    for value in BAD:
        topic.add(value)
    topic.add(KafkaException(KafkaError(KafkaError._ALL_BROKERS_DOWN)))
    assert once(lambda: caplog.text.count("are passed over") == len(BAD))
    assert once(lambda: "those in force stay" in caplog.text)
    assert rules.current().hash == GOOD[-1].hash
    topic.add(GOOD[0].to_json())
    assert once(lambda: rules.current().hash == GOOD[0].hash)
    rules.stop()


def test_the_thread_ends_with_its_gate() -> None:
    rules = following(MemoryTopic())
    names = [thread.name for thread in threading.enumerate()]
    assert names.count("headwater-rules") == 1
    rules.stop()
    assert "headwater-rules" not in [thread.name for thread in threading.enumerate()]
    LiveRules(MemoryTopic(), load()).stop()  # Flink closes also what it could not open.


def test_history_tells_what_is_passed_over_and_begins_with_the_shipped_set() -> None:
    found = of(MemoryTopic(*VALUES).written())
    assert [v.name for v in found.versions] == [SHIPPED, "0", "1"]
    assert list(found.passed_over) == [str(i) for i in range(len(GOOD), len(VALUES))]
