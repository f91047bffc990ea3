"""Rules change under traffic: every event has one verdict, by the rules that its verdict names."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from confluent_kafka import Producer
from typer.testing import CliRunner, Result

from headwater import jobs, rule_versions
from headwater.cli import app
from headwater.runtime.endpoints import Endpoints
from headwater.settings import Settings
from headwater.traffic.producer import KafkaSink
from schemas import topics
from schemas.codec import decode_batch
from schemas.events import EVENT_NAMES, EVENTS
from tests.records import read_all
from tests.runtime import chaos
from tests.runtime.judged import Judged, Place
from tests.stacks import up
from validators.judge import judge
from validators.ruleset import RULES_DIR, RuleSet, load

pytestmark = [pytest.mark.runtime, pytest.mark.soak]

GATE, WITHIN_S = "validate_events", 5.0
NO_WEB = """\
on: "*"
rules:
  - name: no_web
    expect: device_type <> 'web'
    dimension: validity
    why: The web client is broken and its events must not be counted.
    passes: [{device_type: tv}]
    fails: [{device_type: web}, {}]
"""


@dataclass(frozen=True)
class Run:
    """A stack with a gate under traffic, and what was read of it."""

    settings: Settings
    where: Endpoints
    judged: Judged

    def rules(self, *words: str | Path) -> Result:
        return CliRunner().invoke(app, ["rules", *map(str, words)], env={"HEADWATER_KAFKA": self.where.kafka})

    def start_gate(self) -> None:
        jobs.ensure_running(self.settings, self.where, GATE, print)


@pytest.fixture(scope="module")
def run(make_settings: Callable[[Path], Settings], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    settings = make_settings(tmp_path_factory.mktemp("rules"))
    with up(settings) as where, Judged(where) as judged:
        running = Run(settings, where, judged)
        running.start_gate()
        yield running


def test_rules_change_under_traffic_and_no_event_is_lost_or_judged_by_two_sets(
    run: Run, tmp_path: Path
) -> None:
    no_web, broken = tmp_path / "no_web.yaml", tmp_path / "broken.yaml"
    no_web.write_text(NO_WEB)
    broken.write_text(NO_WEB.replace("device_type <>", "CAST(country AS INTEGER) <> 1 AND device_type <>"))
    shipped = load()
    with chaos.Traffic(run.where, rate_per_s=400, seconds=300, seed=3, faults=0.02) as traffic:
        run.judged.wait(lambda: bool(run.judged.seen))
        told = run.judged.applied(lambda: run.rules("apply", no_web, "--json"))
        assert (told["version"], [c["kind"] for c in told["changes"]]) == ("0", ["added"])

        refused = run.rules("apply", broken)
        assert refused.exit_code == 1
        assert "cannot be evaluated" in refused.stdout
        _publish(run.where, b"no rules")
        again = run.rules("apply", no_web)
        assert "nothing differs" in again.stdout
        time.sleep(WITHIN_S)
        assert run.judged.seen[-1][1] == told["hash"]

        back = run.judged.applied(lambda: run.rules("rollback", "--json"))
        assert (back["rollback_to"], back["hash"]) == ("shipped", shipped.hash)
        observed = run.judged.applied(lambda: run.rules("apply", no_web, "--observe-first", "--json"))
        assert observed["observe"] == sorted(f"{event}.no_web" for event in EVENT_NAMES)
        run.judged.applied(lambda: run.rules("rollback", "shipped", "--json"))
        traffic.enough()
    run.judged.wait(lambda: len(run.judged.verdicts) >= traffic.truth.sent)

    history = rule_versions.history(run.where.kafka)
    assert list(history.passed_over) == ["1"]
    sets = {v.rules.hash: v.rules for v in history.versions}
    order = [v.rules.hash for v in history.versions]
    raw = _raw(run.where)
    assert raw.keys() == run.judged.verdicts.keys()
    assert {len(verdicts) for verdicts in run.judged.verdicts.values()} == {1}
    for place, (found,) in run.judged.verdicts.items():
        _agrees(raw[place], found, sets[found["ruleset"]])
    for lane in {place[:2] for place in raw}:
        of_lane = [run.judged.verdicts[p][0]["ruleset"] for p in sorted(raw) if p[:2] == lane]
        changes = [h for i, h in enumerate(of_lane) if i == 0 or h != of_lane[i - 1]]
        following = iter(order)
        assert all(name in following for name in changes), changes
    assert {v["ruleset"] for (v,) in run.judged.verdicts.values()} == set(order)
    delays_s = []
    for version in history.versions[1:]:
        applied_ms = version.published.applied_at_ms
        later_ms = [
            raw[p].timestamp - applied_ms
            for p, (v,) in run.judged.verdicts.items()
            if v["ruleset"] == version.rules.hash
        ]
        delays_s.append(min(ms for ms in later_ms if ms >= 0) / 1_000)
    print(f"the first event by a new set came {delays_s} s after it was applied")
    assert max(delays_s) < WITHIN_S


def test_what_if_tells_what_those_rules_made_of_the_same_events(run: Run, tmp_path: Path) -> None:
    no_web = tmp_path / "no_web.yaml"
    no_web.write_text(NO_WEB)
    raw, shipped = _raw(run.where), load()
    names = {e: [r for p, r in raw.items() if p[0] == topics.raw(e)] for e in EVENT_NAMES}
    ran = run.rules("whatif", no_web, "--last", "1h", "--json")
    told = json.loads(ran.stdout)
    assert (ran.exit_code, told["before"], told["events_read"]) == (1, shipped.hash, len(raw))
    assert {e: sum(v["events"] for v in told["verdicts"] if v["event"] == e) for e in EVENT_NAMES} == {
        e: len(records) for e, records in names.items()
    }
    moved = {(v["before"], v["after"]) for v in told["verdicts"] if v["before"] != v["after"]}
    assert ("valid", "rejected") in moved
    assert {after for _, after in moved} == {"rejected"}
    expected = {}
    for event, records in names.items():
        read = decode_batch(EVENTS[event], [_seen(r) for r in records])
        devices = read.batch.column("device_type").to_pylist()
        expected[event] = devices.count("web") + devices.count(None)
    assert {r["event"]: r["newly_failing"] for r in told["reasons"]} == {
        e: n for e, n in expected.items() if n
    }
    assert sum(expected.values()) > 1_000
    assert {r["no_longer_failing"] for r in told["reasons"]} == {0}
    assert {e["device_type"] for r in told["reasons"] for e in r["examples"]} <= {"web", None}
    few = run.rules("whatif", no_web, "--event", "search", "--limit", "50")
    assert few.exit_code == 1
    assert "(--limit) of " in few.stdout
    assert "no_web (search): newly fails on " in few.stdout
    nothing = run.rules("whatif", RULES_DIR / "hover.yaml", "--event", "search")
    assert (nothing.exit_code, "nothing would change" in nothing.stdout) == (0, True)
    assert run.rules("whatif", no_web, "--last", "soon").exit_code == 1
    assert "soon" in str(run.rules("whatif", no_web, "--last", "soon").exception)


def test_a_gate_that_starts_again_remembers_what_counted_and_not_what_would(run: Run, tmp_path: Path) -> None:
    no_web, there = tmp_path / "no_web.yaml", len(run.judged.verdicts)
    no_web.write_text(NO_WEB)
    with chaos.Traffic(run.where, rate_per_s=400, seconds=300, seed=5, faults=0.02) as traffic:
        run.judged.wait(lambda: len(run.judged.verdicts) > there)
        run.judged.applied(lambda: run.rules("apply", no_web, "--json"))
        time.sleep(WITHIN_S)
        run.judged.applied(lambda: run.rules("rollback", "shipped", "--json"))
        traffic.enough()
    run.judged.wait(lambda: len(run.judged.verdicts) >= there + traffic.truth.sent)
    raw = _raw(run.where)
    one = {place: told for place, (told,) in run.judged.verdicts.items()}
    counted = [p for p, told in one.items() if told["verdict"] in ("valid", "warned")]
    # A copy may have come when other rules were in force.
    values = {raw[p].value for p in counted}
    refused = [
        p
        for p, told in one.items()
        if (told["verdict"], told.get("reasons")) == ("rejected", "no_web")
        and raw[p].value not in values
        and _said(raw[p], load())[0] == "valid"
    ]
    assert min(len(refused), len(counted)) > 100
    jobs.cancel(run.settings, run.where, GATE)
    run.start_gate()
    sink, before = KafkaSink(run.where.kafka), set(one)
    for place in (*refused[:100], *counted[:100]):
        sink.send(place[0], raw[place].key, raw[place].value)
    sink.flush()
    run.judged.wait(lambda: len(run.judged.verdicts) >= len(before) + 200)
    expected = {(place[0], raw[place].value): "valid" for place in refused[:100]}
    expected |= {(place[0], raw[place].value): "duplicate" for place in counted[:100]}
    anew = {place: record for place, record in _raw(run.where).items() if place not in before}
    found = {(p[0], record.value): run.judged.verdicts[p][0]["verdict"] for p, record in anew.items()}
    assert found == expected


def _seen(record: Any) -> bytes | None:
    """What the gate's SQL lets Python see."""
    value: bytes | None = record.value
    return value if value and record.key is not None and len(value) <= topics.MAX_DATUM_BYTES else None


def _raw(where: Endpoints) -> dict[Place, Any]:
    return {(r.topic, r.partition, r.offset): r for r in read_all(where.kafka, map(topics.raw, EVENT_NAMES))}


def _agrees(record: Any, told: dict[str, str], rules: RuleSet) -> None:
    refused = told.get("reasons") in ("oversize", "null_key")
    assert refused == bool(record.value and _seen(record) is None)
    if refused:
        return
    verdict, reasons = _said(record, rules)
    if told["verdict"] == "duplicate":
        assert verdict in ("valid", "warned")
    else:
        assert (verdict, reasons) == (told["verdict"], told.get("reasons"))


def _said(record: Any, rules: RuleSet) -> tuple[str, str | None]:
    """Verdict and reasons of a raw record alone."""
    event = topics.event_of(record.topic)
    found = judge({event: np.arange(1)}, [record.value], np.array([record.timestamp]), rules)
    return found.verdict[0], found.reasons[0]


def _publish(where: Endpoints, value: bytes) -> None:
    producer = Producer({"bootstrap.servers": where.kafka})
    producer.produce(topics.RULES, value, b"somebody")
    assert producer.flush(10) == 0
