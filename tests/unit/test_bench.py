"""The hand-written loop of the benchmark has the duties of the gate: the same verdict on everything."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.traffic.generate import traffic
from headwater.traffic.population import make_world
from headwater.traffic.sitting import MADE
from schemas.codec import encode
from schemas.events import EVENT_NAMES
from schemas.topics import MAX_DATUM_BYTES
from tests.bench.plain_rules import judged
from tests.samples import records, sound
from validators import ruleset
from validators.judge import judge

pytestmark = pytest.mark.unit

RULES = ruleset.load()
WARNINGS = {rule.name for event in EVENT_NAMES for rule in RULES.rules[event] if rule.severity == "warn"}
START_MS = 1_780_000_000_000


def agree(event: str, values: list[bytes | None], ingestion_ms: int) -> None:
    ours = judge({event: np.arange(len(values))}, values, np.full(len(values), ingestion_ms), RULES)
    for row, value in enumerate(values):
        verdict, reasons, _ = judged(event, value, ingestion_ms)
        assert verdict == ours.verdict[row], (event, value)
        if verdict == "rejected":
            told = set(ours.reasons[row].split(",")) - WARNINGS
            assert set(reasons) == told, (event, value)


@pytest.mark.parametrize("event", EVENT_NAMES)
def test_plain_rules_judge_every_fault_as_the_rule_set_does(event: str) -> None:
    world, only = make_world(Random(1), 200, 50), (event,) if event in MADE else MADE
    sent = traffic(world, 500, 8, START_MS, seed=1, fault_rate=0.5, servers=True, only=only, scores=True)
    values = [m.value for m in sent if m.event == event and len(m.value or b"") <= MAX_DATUM_BYTES]
    assert len(values) > 100
    agree(event, values, START_MS + 8_000)


@given(st.data(), st.sampled_from(EVENT_NAMES))
def test_plain_rules_judge_any_record_as_the_rule_set_does(data: st.DataObject, event: str) -> None:
    odd = data.draw(records(event))
    fields = data.draw(st.sets(st.sampled_from(sorted(odd)), max_size=3))
    record = sound(event, **{name: odd[name] for name in fields if odd[name] is not None})
    agree(event, [encode(event, record)], record["event_time"] if "event_time" not in fields else START_MS)
