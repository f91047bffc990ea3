"""Sending: on time, never early, every message counted once."""

from __future__ import annotations

import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.errors import HeadwaterError
from headwater.traffic.delivery import MemorySink, deliver
from headwater.traffic.generate import traffic
from headwater.traffic.message import OUTCOMES, Message
from headwater.traffic.population import make_world
from headwater.traffic.producer import KafkaSink
from headwater.traffic.truth import Truth
from schemas.events import EVENT_NAMES
from schemas.topics import raw

pytestmark = pytest.mark.unit

START_MS = 1_780_000_000_000
WORLD = make_world(Random(1), members=100, titles=50)


class Clock:
    """Time that passes only while someone sleeps, and `cost_ms` a message besides."""

    def __init__(self, now_ms: float, cost_ms: float = 0.0) -> None:
        self.now_ms = now_ms
        self.cost_ms = cost_ms

    def __call__(self) -> int:
        self.now_ms += self.cost_ms
        return int(self.now_ms)

    def sleep_s(self, seconds: float) -> None:
        self.now_ms += seconds * 1000


class TimedSink(MemorySink):
    """Also notes when."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.at_ms: list[float] = []
        self.flushed = False

    def send(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        super().send(topic, key, value)
        self.at_ms.append(self.clock.now_ms)

    def flush(self) -> None:
        self.flushed = True


def delivered(
    messages: list[Message], truth: Truth, cost_ms: float = 0.0
) -> tuple[Truth, TimedSink, list[int]]:
    clock = Clock(START_MS - 1_000, cost_ms)
    sink = TimedSink(clock)
    ticks: list[int] = []
    return deliver(messages, sink, truth, clock, clock.sleep_s, ticks.append), sink, ticks


def test_messages_are_sent_within_a_tick_of_being_due() -> None:
    messages = list(traffic(WORLD, 300, 3, START_MS, 1, 0.1))
    truth, sink, ticks = delivered(messages, Truth())
    assert sink.sent == [(raw(m.event), m.key, m.value) for m in messages]
    assert all(0 <= at - m.due_ms <= 11 for at, m in zip(sink.at_ms, messages, strict=True))
    assert truth.behind_ms <= 11
    assert sink.flushed
    assert ticks == sorted(ticks)
    assert ticks[-1] == len(messages)


def test_a_slow_sender_sends_everything_and_says_how_far_behind_it_fell() -> None:
    messages = list(traffic(WORLD, 1_000, 1, START_MS, 1))
    truth, sink, _ = delivered(messages, Truth(), cost_ms=2.0)
    assert len(sink.sent) == len(messages)
    assert truth.behind_ms == pytest.approx(1_000, rel=0.05)


@settings(max_examples=20, deadline=None)
@given(fault_rate=st.floats(0, 1), seed=st.integers(0, 1000))
def test_every_message_is_counted_once(fault_rate: float, seed: int) -> None:
    messages = list(traffic(WORLD, 100, 1, START_MS, seed, fault_rate))
    truth, _, _ = delivered(messages, Truth(records=[]))
    told = json.loads(json.dumps(truth.to_json()))
    assert truth.sent == told["sent"] == len(messages)
    for event in EVENT_NAMES:
        row = told["outcomes"][event]
        assert row.pop("sent") == sum(row.values()) == sum(m.event == event for m in messages)
    for outcome in OUTCOMES:
        assert truth.of(outcome) == sum(m.outcome == outcome for m in messages)
    assert sum(told["faults"].values()) == sum(m.fault is not None for m in messages)
    assert len(told["records"]) == truth.of("valid")
    assert told["records"] == [{"event": m.event, **m.record} for m in messages if m.outcome == "valid"]


def test_records_are_kept_only_when_asked_for() -> None:
    truth, _, _ = delivered(list(traffic(WORLD, 10, 1, START_MS, 1)), Truth())
    assert "records" not in truth.to_json()


def test_nothing_to_send_is_no_error() -> None:
    truth, sink, _ = delivered([], Truth())
    assert (truth.sent, sink.sent, sink.flushed) == (0, [], True)


def test_a_kafka_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headwater.traffic.producer._ANSWER_S", 0.3)
    with pytest.raises(HeadwaterError, match=r"no Kafka answers at 127\.0\.0\.1:1 .*headwater up"):
        KafkaSink("127.0.0.1:1")
