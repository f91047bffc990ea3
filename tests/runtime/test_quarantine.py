"""Quarantine on the real thing: what is listed is the truth, and a replay keeps bytes, counts and ends."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from headwater.cli import app
from headwater.errors import HeadwaterError
from headwater.quarantine.choose import Wanted, chosen
from headwater.quarantine.kafka_log import KafkaLog
from headwater.quarantine.log import Span
from headwater.quarantine.record import Held, SetAside
from headwater.runtime.endpoints import Endpoints
from headwater.traffic.delivery import deliver, wall_ms
from headwater.traffic.faults import CATALOGUE
from headwater.traffic.message import Message, message
from headwater.traffic.producer import KafkaSink
from headwater.traffic.truth import Truth
from schemas import topics
from schemas.events import EVENT_NAMES
from schemas.topics import FUTURE_TOLERANCE_MS
from tests.runtime import chaos
from tests.samples import sound
from tests.stacks import up

pytestmark = [pytest.mark.runtime, pytest.mark.soak]

RATE_PER_S, SECONDS, FAULTS, SEED = 100, 15, 0.4, 23
KILL_S = 8.0
SETTLE_S = 90.0
#: Reasons that no replay can cure.
HOPELESS = {"null_key", "oversize"}
#: How far beyond what is allowed an event's clock runs ahead.
AHEAD_MS = 15_000


class Pipeline:
    """A stack, all that was sent to it, and the command on it."""

    def __init__(self, where: Endpoints) -> None:
        self.where = where
        self.truth = Truth(records=[])
        self.again = 0

    def send(self, messages: Any) -> None:
        deliver(messages, KafkaSink(self.where.kafka), self.truth)

    def settled(self) -> dict[str, dict[str, Any]]:
        """The ledger once all has ended, replays included; it balances."""
        found = chaos.settle(self.where, self.truth.sent + self.again, SETTLE_S)
        assert all(entry["balanced"] for entry in found["ledger"]), found["ledger"]
        ledger = {entry["event"]: entry for entry in found["ledger"]}
        assert sum(e["read"] for e in ledger.values()) == self.truth.sent + self.again
        return ledger

    def run(self, *arguments: str) -> Result:
        environment = {"HEADWATER_KAFKA": self.where.kafka}
        return CliRunner().invoke(app, ["quarantine", *arguments], env=environment)

    def told(self, *arguments: str) -> Any:
        ran = self.run(*arguments, "--json")
        assert ran.exit_code == 0, ran
        return json.loads(ran.stdout)

    def replay(self, *arguments: str) -> dict[str, Any]:
        found: dict[str, Any] = self.told("replay", *arguments)
        self.again += 0 if found["dry_run"] else found["sent"]
        return found

    def held(self) -> list[tuple[Held, SetAside]]:
        """All that is set aside, by reading it plainly."""
        log = KafkaLog(self.where.kafka)
        return list(chosen(log.read(log.spans(Wanted().topics)), Wanted()))


@pytest.fixture(scope="module")
def pipeline(
    make_settings: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pipeline]:
    settings = make_settings(tmp_path_factory.mktemp("quarantine"))
    with up(settings) as where:
        chaos.start_jobs(settings, where)
        running = Pipeline(where)
        with chaos.Traffic(where, RATE_PER_S, SECONDS, SEED, FAULTS) as sent:
            running.truth = sent.truth
            time.sleep(KILL_S)
            chaos.wait_behind_checkpoint(where, "validate_events")
            chaos.end(chaos.workers(settings))
        running.settled()
        yield running


def test_the_gate_has_written_some_of_it_twice(pipeline: Pipeline) -> None:
    """Its worker was killed under way; without this the other tests would not meet a repeat."""
    spans = KafkaLog(pipeline.where.kafka).spans(Wanted().topics)
    assert sum(span.stop for span in spans) > pipeline.truth.of("quarantined")


def test_list_and_stats_are_the_truth(pipeline: Pipeline) -> None:
    truth, expected = pipeline.truth, pipeline.truth.of("quarantined")
    found = pipeline.told("list", "--limit", str(10 * expected))
    assert len(found) == expected > 200
    assert len({record["id"] for record in found}) == expected
    times = [record["time_ms"] for record in found]
    assert times == sorted(times, reverse=True)
    assert pipeline.told("list", "--limit", "7") == found[:7]
    stats = pipeline.told("stats", "--since", "1h")
    assert stats["n"] == expected
    for event in EVENT_NAMES:
        assert stats["event"].get(event, 0) == truth.outcomes[event, "quarantined"]
        assert stats["read"][event] == sum(n for (e, _), n in truth.outcomes.items() if e == event)
        if stats["read"][event]:
            assert stats["share"][event] == stats["event"].get(event, 0) / stats["read"][event]
        of_event = pipeline.told("list", "--event", event, "--limit", "100000")
        assert of_event == [record for record in found if record["event"] == event]
    for reason in ("malformed", "null_key", "country_iso", "oversize"):
        with_it = [record for record in found if reason in record["reasons"]]
        assert stats["reason"][reason] == len(with_it)
        assert pipeline.told("list", "--reason", reason, "--limit", "100000") == with_it
    faults = {r: n for f in CATALOGUE for r in f.reasons if (n := truth.faults[f.name])}
    assert set(stats["reason"]) <= set(faults) | {"position_within_runtime"}
    assert stats["dimension"]["not a rule"] > 0 < stats["dimension"]["validity"]
    assert stats["attempts"] == {"0": expected}
    assert pipeline.run("stats").exit_code == pipeline.run("list").exit_code == 0


def test_what_the_gate_has_nothing_to_say_of_has_no_header(pipeline: Pipeline) -> None:
    """A header without a value is none; an empty one would be read as an attempt or a slice."""
    unread = readable = 0
    for held, record in pipeline.held():
        assert "attempts" not in held.headers
        assert all(held.headers.values())
        unread += "slice" not in held.headers
        readable += bool(record.slice)
    assert unread > 50 < readable


def test_a_record_is_shown_in_full(pipeline: Pipeline, tmp_path: Path) -> None:
    held, record = next((h, r) for h, r in pipeline.held() if r.reasons == ("country_iso",))
    shown = pipeline.told("show", record.id, "--raw", str(tmp_path / "bytes"))
    assert (tmp_path / "bytes").read_bytes() == held.value
    assert [failure["rule"] for failure in shown["failures"]] == ["country_iso"]
    assert shown["failures"][0]["values"] == {"country": shown["fields"]["country"]}
    assert not shown["replayed"]
    assert "country_iso" in pipeline.run("show", record.id).stdout
    missing = pipeline.run("show", "play/0/999999999")
    assert isinstance(missing.exception, HeadwaterError)


def test_replays_under_the_same_rules_come_back_and_are_given_up(pipeline: Pipeline) -> None:
    first = pipeline.held()
    hopeless = sum(bool(HOPELESS & set(record.reasons)) for _, record in first)
    curable = len(first) - hopeless
    dry = pipeline.replay("--since", "1h", "--dry-run")
    assert (dry["sent"], dry["forecast"]) == (curable, {"rejected": curable})
    assert len(dry["records"]) == curable
    assert pipeline.replay("--since", "1h", "--passing")["would_fail"] == curable
    for attempt in (1, 2, 3):
        found = pipeline.replay("--since", "1h")
        assert (found["sent"], found["given_up"]) == (curable, 0)
        assert found["already_replayed"] == (attempt - 1) * curable
        assert found["null_key"] + found["oversize"] == hopeless
        pipeline.settled()
        back = [(h, r) for h, r in pipeline.held() if r.attempts == attempt]
        assert what_it_was(back) == what_it_was([f for f in first if not HOPELESS & set(f[1].reasons)])
        assert all(held.headers["attempts"] == str(attempt).encode() for held, _ in back)
    found = pipeline.replay("--since", "1h")
    assert (found["sent"], found["given_up"]) == (0, curable)
    assert sum(e["quarantined"] for e in pipeline.settled().values()) == len(first) + 3 * curable
    assert pipeline.told("show", first[0][1].id)["replayed"] == (not HOPELESS & set(first[0][1].reasons))


def what_it_was(records: list[tuple[Held, SetAside]]) -> Counter[Any]:
    """Everything of records that a replay must not change; `source` but for the offset and time."""
    return Counter(
        (r.event, r.source and r.source[:2], h.key, h.value, r.reasons, tuple(r.slice.items()), r.ruleset)
        for h, r in records
    )


def test_what_passes_at_last_is_counted_once(pipeline: Pipeline) -> None:
    counted = pipeline.settled()["search"]["counted"]
    ahead = wall_ms() + FUTURE_TOLERANCE_MS + AHEAD_MS
    record = sound("search", event_id="ahead", member_id="ahead", event_time=ahead)
    pipeline.send([message("search", record, wall_ms(), outcome="quarantined")])
    pipeline.settled()
    (found,) = pipeline.told("list", "--since", "1m", "--event", "search", "--limit", "1")
    assert found["reasons"] == ["not_from_the_future"]
    assert pipeline.replay(found["id"], "--dry-run")["forecast"] == {"rejected": 1}
    time.sleep(max(0, ahead - FUTURE_TOLERANCE_MS - wall_ms()) / 1_000 + 1)
    assert pipeline.replay(found["id"], "--dry-run")["forecast"] == {"valid": 1}
    assert pipeline.replay("--reason", "not_from_the_future", "--passing", "--max-attempts", "9")["sent"] == 1
    pipeline.truth.records = (pipeline.truth.records or []) + [("search", record)]
    ledger = pipeline.settled()
    assert ledger["search"]["counted"] == counted + 1
    assert pipeline.replay(found["id"])["already_replayed"] == 1
    # The same bytes once more by hand: the gate knows the id.
    pipeline.send(
        [Message("search", b"ahead", _value(pipeline, found["id"]), wall_ms(), record, "duplicate")]
    )
    assert pipeline.settled()["search"]["counted"] == counted + 1
    assert chaos.wrong_features(pipeline.where, pipeline.truth.records) == {}


def _value(pipeline: Pipeline, record_id: str) -> bytes | None:
    return next(held.value for held, record in pipeline.held() if record.id == record_id)


def test_a_log_reads_what_a_span_says(pipeline: Pipeline) -> None:
    log = KafkaLog(pipeline.where.kafka)
    assert log.spans(["no.such"]) == []
    (whole,) = log.spans([topics.quarantine("play")])
    records = list(log.read([whole]))
    assert [held.offset for held in records] == list(range(whole.stop))
    middle = records[whole.stop // 2]
    (since,) = log.spans([whole.topic], middle.time_ms)
    assert since.stop == whole.stop
    assert since.start == next(h.offset for h in records if h.time_ms >= middle.time_ms)
    (nothing,) = log.spans([whole.topic], wall_ms() + 3_600_000)
    assert nothing == Span(whole.topic, 0, 0, whole.stop, whole.stop)
    assert list(log.read([nothing])) == []
