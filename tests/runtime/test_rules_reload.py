"""Rules change under traffic: every event has one verdict, by the rules that its verdict names."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from confluent_kafka import Producer
from kafka import KafkaConsumer
from typer.testing import CliRunner, Result

from headwater import jobs, rule_versions
from headwater.cli import app
from headwater.runtime import stack
from headwater.runtime.endpoints import Endpoints
from headwater.settings import Settings
from headwater.traffic.producer import KafkaSink
from schemas import topics
from schemas.events import EVENT_NAMES
from tests.records import read_all
from tests.runtime import chaos
from validators.judge import judge
from validators.ruleset import RuleSet, load

pytestmark = pytest.mark.runtime

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
Place = tuple[str, int, int]


@dataclass
class Judged:
    """What the gate wrote, by the place of the raw record, and when (s) each rule set was first seen."""

    where: Endpoints
    verdicts: dict[Place, list[dict[str, str]]] = field(default_factory=dict)
    seen: list[tuple[float, str]] = field(default_factory=list)

    def __enter__(self) -> Judged:
        self._stop, self._thread = threading.Event(), threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def wait(self, holds: Callable[[], bool], patience_s: float = 60.0) -> None:
        deadline_s = time.monotonic() + patience_s
        while not holds():
            assert time.monotonic() < deadline_s, (len(self.verdicts), self.seen)
            time.sleep(0.02)

    def until(self, ruleset: str) -> float:
        """Seconds until a verdict carries a hash that is not the newest now."""
        began = time.monotonic()
        before = len(self.seen)
        self.wait(lambda: ruleset in [name for _, name in self.seen[before:]])
        return time.monotonic() - began

    def _run(self) -> None:
        names = [topic(e) for topic in (topics.valid, topics.quarantine) for e in EVENT_NAMES]
        consumer = KafkaConsumer(*names, bootstrap_servers=self.where.kafka, auto_offset_reset="earliest")
        with closing(consumer):
            while not self._stop.is_set():
                for records in consumer.poll(timeout_ms=100).values():
                    for record in records:
                        self._take(record)

    def _take(self, record: Any) -> None:
        told = {name: value.decode() for name, value in record.headers}
        place = topics.raw(topics.event_of(record.topic)), int(told["partition"]), int(told["offset"])
        self.verdicts.setdefault(place, []).append(told)
        if not self.seen or self.seen[-1][1] != told["ruleset"]:
            self.seen.append((time.monotonic(), told["ruleset"]))


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
    try:
        where = stack.up(settings)
        with Judged(where) as judged:
            running = Run(settings, where, judged)
            running.start_gate()
            yield running
    finally:
        stack.down(settings)


def test_rules_change_under_traffic_and_no_event_is_lost_or_judged_by_two_sets(
    run: Run, tmp_path: Path
) -> None:
    no_web, broken = tmp_path / "no_web.yaml", tmp_path / "broken.yaml"
    no_web.write_text(NO_WEB)
    broken.write_text(NO_WEB.replace("device_type <>", "CAST(country AS INTEGER) <> 1 AND device_type <>"))
    shipped = load()
    with chaos.Traffic(run.where, rate_per_s=400, seconds=40, seed=3, faults=0.02) as traffic:
        run.judged.wait(lambda: bool(run.judged.seen))
        told = json.loads(run.rules("apply", no_web, "--json").stdout)
        applied_s = run.judged.until(told["hash"])
        assert (told["version"], [c["kind"] for c in told["changes"]]) == ("0", ["added"])

        refused = run.rules("apply", broken)
        assert refused.exit_code == 1
        assert "cannot be evaluated" in refused.stdout
        _publish(run.where, b"no rules")
        again = run.rules("apply", no_web)
        assert "nothing differs" in again.stdout
        time.sleep(WITHIN_S)
        assert run.judged.seen[-1][1] == told["hash"]

        back = json.loads(run.rules("rollback", "--json").stdout)
        back_s = run.judged.until(shipped.hash)
        assert (back["rollback_to"], back["hash"]) == ("shipped", shipped.hash)
        observed = json.loads(run.rules("apply", no_web, "--observe-first", "--json").stdout)
        observed_s = run.judged.until(observed["hash"])
        assert observed["observe"] == sorted(f"{event}.no_web" for event in EVENT_NAMES)
        assert run.rules("rollback", "shipped").exit_code == 0
        run.judged.until(shipped.hash)
    print(f"a new set was seen {applied_s:.2f}, {back_s:.2f}, {observed_s:.2f} s after it was applied")
    assert max(applied_s, back_s, observed_s) < WITHIN_S
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
        assert changes == order[: len(changes)]
    assert {v["ruleset"] for (v,) in run.judged.verdicts.values()} == set(order)


def test_a_gate_that_starts_again_remembers_what_counted_and_not_what_would(run: Run) -> None:
    raw = _raw(run.where)
    one = {place: told for place, (told,) in run.judged.verdicts.items()}
    refused = [
        p for p, told in one.items() if told.get("reasons") == "no_web" and told["verdict"] == "rejected"
    ]
    counted = [p for p, told in one.items() if told["verdict"] == "valid"]
    assert min(len(refused), len(counted)) > 100
    jobs.cancel(run.settings, run.where, GATE)
    run.start_gate()
    sink, before = KafkaSink(run.where.kafka), set(one)
    for place in (*refused[:100], *counted[:100]):
        sink.send(place[0], raw[place].key, raw[place].value)
    sink.flush()
    run.judged.wait(lambda: len(run.judged.verdicts) >= len(before) + 200)
    values = {(place[0], raw[place].value): "valid" for place in refused[:100]}
    values |= {(place[0], raw[place].value): "duplicate" for place in counted[:100]}
    anew = {place: record for place, record in _raw(run.where).items() if place not in before}
    found = {(p[0], record.value): run.judged.verdicts[p][0]["verdict"] for p, record in anew.items()}
    assert found == values


def _raw(where: Endpoints) -> dict[Place, Any]:
    return {(r.topic, r.partition, r.offset): r for r in read_all(where.kafka, map(topics.raw, EVENT_NAMES))}


def _agrees(record: Any, told: dict[str, str], rules: RuleSet) -> None:
    if told.get("reasons") in ("oversize", "null_key"):
        return
    event = topics.event_of(record.topic)
    found = judge({event: np.arange(1)}, [record.value], np.array([record.timestamp]), rules)
    if told["verdict"] == "duplicate":
        assert found.verdict[0] in ("valid", "warned")
    else:
        assert (found.verdict[0], found.reasons[0]) == (told["verdict"], told.get("reasons"))


def _publish(where: Endpoints, value: bytes) -> None:
    producer = Producer({"bootstrap.servers": where.kafka})
    producer.produce(topics.RULES, value, b"somebody")
    assert producer.flush(10) == 0
