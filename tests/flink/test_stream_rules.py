"""Rules over many events on Flink: their examples, traffic with misconduct in it, and a naive reading."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from flink_jobs import audit_streams, violations
from flink_jobs.environment import table_environment
from flink_jobs.kafka_tables import clock
from flink_jobs.options import Options
from flink_jobs.stream_sql import COLUMNS
from headwater.traffic.generate import traffic
from headwater.traffic.misconduct import MISCONDUCT
from headwater.traffic.population import make_world
from headwater.traffic.truth import Truth
from schemas.events import EVENT_NAMES
from tests.naive_streams import naive_violations
from tests.samples import sound
from validators.stream_rule import Kind
from validators.stream_ruleset import events_of, shipped

pytestmark = pytest.mark.flink

Event = dict[str, Any]
Told = dict[str, Any]
RULES = shipped()
#: Some while before a full hour, in which what goes on is told again.
START_MS = 1_780_000_000_000 // 3_600_000 * 3_600_000 - 20_000
IDS = ("event_id", "member_id", "session_id", "device_id")
EXAMPLES = [
    (rule, kind, n) for rule in RULES for kind in ("passes", "fails") for n in range(len(getattr(rule, kind)))
]
TYPES = {
    **dict.fromkeys(("event", *IDS, "title_id", "country"), "STRING"),
    **dict.fromkeys(("event_time", "position_ms"), "BIGINT"),
    "ingested": "TIMESTAMP_LTZ(3) NOT NULL",
}


def mark(rule: Kind, kind: str, n: int) -> str:
    return f"{rule.name}-{kind}-{n}-"


def example(rule: Kind, kind: str, n: int) -> list[Event]:
    """An example among others: by its ids it is alone."""
    return [
        e | {"event_time": START_MS + e["event_time"]} | {c: mark(rule, kind, n) + e[c] for c in IDS}
        for e in events_of(rule, getattr(rule, kind)[n])
    ]


def misbehaving() -> tuple[list[Event], Truth]:
    truth = Truth(records=[])
    for m in traffic(make_world(Random(1), 300, 200), 150, 60, START_MS, 3, misconduct=0.02, servers=True):
        truth.add(m)
    assert truth.records
    return [{"event": event, **record} for event, record in truth.records], truth


def fuzz(seed: int, count: int) -> list[Event]:
    """Few members who do everything at once; many events share a millisecond or stand at a window's edge."""
    rng = Random(seed)
    found = []
    for n in range(count):
        event = rng.choice(EVENT_NAMES)
        changes = {
            "event_time": START_MS + rng.choice([0, 1, 999, 1_000, 10_000]) + 500 * rng.randrange(200),
            "event_id": f"z{n if rng.random() < 0.9 else rng.randrange(count)}",
            "member_id": f"z{rng.randrange(3)}",
            "session_id": f"z{rng.randrange(4)}",
            "device_id": f"z{rng.randrange(6)}",
            "title_id": f"z{rng.randrange(2)}",
            "country": rng.choice(["BR", "BR", "BR", "JP", "FR", "DE", "XX"]),
            "position_ms": 500 * rng.randrange(10),
        }
        record = sound(event)
        found.append({"event": event, **record, **{c: v for c, v in changes.items() if c in record}})
    return found


class Ran:
    """All of them in one job, as they arrive: out of order by less than the job waits."""

    def __init__(self, directory: Path) -> None:
        misbehaved, self.truth = misbehaving()
        of_examples = [e for which in EXAMPLES for e in example(*which)]
        rng = Random(5)
        events = [*of_examples, *misbehaved, *fuzz(8, 1_500)]
        # The examples keep their order, of which some are about.
        waits = {id(e): rng.randrange(audit_streams.WAIT_MS // 2) for e in events[len(of_examples) :]}
        self.events = sorted(events, key=lambda e: e["event_time"] + waits.get(id(e), 0))
        self.told = told(directory, self.events)


def told(directory: Path, events: list[Event], rules: Sequence[Kind] = RULES) -> list[Told]:
    """What the job tells of events that arrive in this order."""
    path = directory / "events.json"
    with path.open("w") as file:
        for e in events:
            row = {c: e.get(c) for c in TYPES} | {"ingested": "2100-01-01 00:00:00Z"}
            file.write(json.dumps(row) + "\n")
    tables = table_environment(Options(), **audit_streams.SETTINGS)
    columns = ", ".join(f"`{name}` {kind}" for name, kind in TYPES.items())
    tables.execute_sql(
        f"CREATE TEMPORARY TABLE counted ({columns},\n"
        f"{clock('TO_TIMESTAMP_LTZ(event_time, 3)', audit_streams.WAIT_MS)})\n"
        f"WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '{path.as_uri()}')"
    )
    tables.execute_sql(violations.view(rules))
    query = violations.insert().partition("INSERT INTO violations\n")[2]
    with tables.execute_sql(query).collect() as rows:
        return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return Ran(tmp_path_factory.mktemp("streams"))


@pytest.mark.parametrize(("rule", "kind", "n"), EXAMPLES, ids=lambda v: v.name if hasattr(v, "name") else v)
def test_an_example_does_what_its_rule_says(ran: Ran, rule: Kind, kind: str, n: int) -> None:
    of_rule = [t for t in ran.told if t["rule"] == rule.name]
    found = [t for t in of_rule if t["event_id"].startswith(mark(rule, kind, n))]
    naive = naive_violations([rule], example(rule, kind, n))
    assert len(found) == len(naive) == (kind == "fails")


def comparable(found: list[Told]) -> set[tuple[Any, ...]]:
    """Of two sources that break a rule in one millisecond either may be told first."""
    return {
        tuple(
            round(v, 1) if c == "value" else v
            for c, v in t.items()
            if c != "detail" and not (t["rule"] == "streams_are_reported" and c in ("event", "event_id"))
        )
        for t in found
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_what_is_told_is_what_a_naive_reading_finds(ran: Ran, rule: Kind) -> None:
    found = [t for t in ran.told if t["rule"] == rule.name]
    expected = naive_violations([rule], ran.events)
    assert len(found) == len(expected) > 10
    assert comparable(found) == comparable(expected)


def test_rules_of_order_may_compare_what_they_are_keyed_by_and_be_named_like_a_column(tmp_path: Path) -> None:
    """All of them share an OVER. A bound of seven digits is one."""
    forward = next(rule for rule in RULES if rule.name == "position_runs_forward")
    changes: list[dict[str, Any]] = [
        {"name": "position_ms", "same": ("device_id", "session_id"), "bound": 3_599_999.0},
        {"name": "event_time", "rising": "event_time"},
        {"name": "event", "same": ("device_id",), "rising": None, "bound": 0.0},
        {"name": "title_id", "same": ("event_id",), "rising": None, "bound": 0.0},
        {"name": "device_id", "rising": None, "never": True, "bound": 4_000.0},
    ]
    rules = [forward.model_copy(update=change) for change in changes]
    of_device = {"device_id": "d1", "session_id": "s1", "title_id": "t1"}
    pairs = [
        sound(event)
        | of_device
        | {"event": event, "event_id": f"{event}{n}", "event_time": START_MS + after_ms}
        | {"position_ms": at_ms}
        for n, back_ms in enumerate((3_599_999, 3_600_000))
        for event, after_ms, at_ms in (("play", 10 * n, back_ms), ("pause", 10 * n + 5, 0))
    ]
    events = sorted([*fuzz(3, 300), *pairs], key=lambda e: e["event_time"])
    found, expected = told(tmp_path, events, rules), naive_violations(rules, events)
    assert comparable(found) == comparable(expected)
    assert [t["event_id"] for t in found if t["rule"] == "position_ms"] == ["pause1"]
    assert {t["rule"] for t in found} == {"position_ms", "event", "title_id", "device_id"}


KINDS = [
    *((kind.name, kind.rule) for kind in MISCONDUCT),
    *((name, "streams_are_reported") for name in ("unserved", "unreported")),
]


@pytest.mark.parametrize(("name", "rule"), KINDS)
def test_every_misdeed_is_told_and_nothing_else(ran: Ran, name: str, rule: str) -> None:
    """A violation is told unless its key had one in the window before, be that told or not."""
    (window_ms,) = (r.window_ms for r in RULES if r.name == rule)
    ours = [t for t in ran.told if t["rule"] == rule and not _of_others(t)]
    done = [m for m in ran.truth.misdeeds if m.rule == rule]

    def near(one: Any, other: Any) -> bool:
        return bool(one[0] == other[0] and abs(one[1] - other[1]) <= window_ms)

    found, true = [(t["key"], t["at_ms"]) for t in ours], [(m.key, m.at_ms) for m in done]
    assert sum(m.name == name for m in done) > 5
    assert [f for f in found if not any(near(f, t) for t in true)] == [], "precision"
    covered: list[Any] = []
    for t in sorted(true, key=lambda t: t[1]):
        covered += [t] if any(near(t, other) for other in found + covered) else []
    assert sorted(covered) == sorted(true), "recall"


def _of_others(told: Told) -> bool:
    return str(told["event_id"]).startswith("z") or any(r.name in told["event_id"] for r in RULES)
