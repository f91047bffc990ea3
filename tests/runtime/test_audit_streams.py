"""The audit on the real stack: what it tells of misconduct, and that its counts are what was sent."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import TypeVar

import pytest

from headwater.runtime.endpoints import Endpoints
from headwater.settings import Settings
from headwater.traffic.delivery import deliver, wall_ms
from headwater.traffic.generate import traffic
from headwater.traffic.message import Outcome
from headwater.traffic.misconduct import MISCONDUCT
from headwater.traffic.population import make_world
from headwater.traffic.producer import KafkaSink
from headwater.traffic.truth import Truth
from schemas import topics
from schemas.quality import Count, Violation
from tests.naive_streams import naive_violations
from tests.records import read_all
from tests.stacks import up
from validators.stream_ruleset import shipped

pytestmark = [pytest.mark.runtime, pytest.mark.soak]

WORLD = make_world(Random(3), members=400, titles=200)
RATE_PER_S, SECONDS, MISCONDUCT_SHARE = 150, 20, 0.03
#: Time goes on with events only: these let what went before be told, and be joined in vain.
AFTERWARDS_S = 25
PATIENCE_S = 120.0
#: What the gate calls what becomes of events.
OUTCOME: dict[str, Outcome] = {
    "valid": "valid",
    "warned": "valid",
    "late": "late",
    "duplicate": "duplicate",
    "rejected": "quarantined",
}


@pytest.fixture
def running(
    tmp_path: Path, make_settings: Callable[[Path], Settings]
) -> Iterator[tuple[Settings, Endpoints]]:
    """A stack of its own: the audit sees all that is in the topics."""
    settings = make_settings(tmp_path)
    with up(settings, "audit_streams", "validate_events") as where:
        yield settings, where


def test_misconduct_is_told_and_every_event_counted(running: tuple[Settings, Endpoints]) -> None:
    _, where = running
    truth = Truth(records=[])
    send(where, truth, SECONDS, misconduct=MISCONDUCT_SHARE)
    send(where, truth, AFTERWARDS_S)
    assert truth.records
    naive = naive_violations(shipped(), [{"event": event, **r} for event, r in truth.records])
    expected = {tuple(told.values())[:5] for told in naive}
    assert {m.name for m in truth.misdeeds} >= {*(k.name for k in MISCONDUCT), "unserved", "unreported"}
    assert {m.rule for m in truth.misdeeds} == {told["rule"] for told in naive}

    found = patiently(lambda: violations(where), lambda told: len(told) >= len(expected))
    assert {(v.rule, v.event, v.key, v.at_ms, v.event_id) for v in found} == expected
    assert len(found) == len(expected), "each is told once"

    send(where, truth, seconds=5, fault_rate=0.2)
    sent = {(event, outcome): n for (event, outcome), n in truth.outcomes.items()}
    assert patiently(lambda: counts(where, "all"), lambda told: told == sent) == sent
    assert counts(where, "country") == sent


def send(where: Endpoints, truth: Truth, seconds: int, **amiss: float) -> None:
    """Traffic, and the servers' record of it."""
    messages = traffic(
        WORLD,
        RATE_PER_S,
        seconds,
        wall_ms() + 500,
        seed=7,
        servers=True,
        **amiss,  # type: ignore[arg-type]
    )
    deliver(messages, KafkaSink(where.kafka), truth)


def violations(where: Endpoints) -> list[Violation]:
    return [Violation.from_json(r.value or b"") for r in read_all(where.kafka, [topics.VIOLATIONS])]


def counts(where: Endpoints, kind: str) -> dict[tuple[str, Outcome], int]:
    """How many events of a type ended so: the greatest count of each key, over all values of a slice."""
    newest: dict[bytes | None, Count] = {}
    for record in read_all(where.kafka, [topics.COUNTS]):
        count = Count.from_json(record.value or b"")
        if record.key not in newest or newest[record.key].n < count.n:
            newest[record.key] = count
    found: Counter[tuple[str, Outcome]] = Counter()
    for count in newest.values():
        if count.slice == kind:
            found[count.event, OUTCOME[count.verdict]] += count.n
    return dict(found)


T = TypeVar("T")


def patiently(read: Callable[[], T], enough: Callable[[T], bool]) -> T:
    """What is read once it is enough, or has had its time."""
    deadline = time.monotonic() + PATIENCE_S
    while not enough(found := read()) and time.monotonic() < deadline:
        time.sleep(1)
    return found
