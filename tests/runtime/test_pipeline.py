"""The whole of it: what was sent, with faults, against what can be read, exactly."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from features.catalog import VIEWS
from headwater import jobs
from headwater.runtime.flink_rest import FlinkRest
from headwater.titles import announce, withdraw
from headwater.traffic.delivery import deliver, wall_ms
from headwater.traffic.generate import traffic
from headwater.traffic.population import catalogued, make_world
from headwater.traffic.producer import KafkaSink
from headwater.traffic.ratings import read_ratings
from headwater.traffic.replay import replayed, title_of
from headwater.traffic.sitting import MADE
from headwater.traffic.truth import Truth
from schemas import topics
from schemas.codec import read_datum
from schemas.events import EVENT_NAMES, EVENTS
from schemas.registry import EMBEDDED
from serving import FeatureReader
from sinks.redis_features import connect
from tests.comparison import differences
from tests.oracle import naive_features
from tests.records import read_all
from tests.runtime.chaos import settle

if TYPE_CHECKING:
    from tests.runtime.conftest import Running

pytestmark = pytest.mark.runtime

RATE_PER_S, SECONDS, FAULTS, SEED = 1_500, 12, 0.05, 11
SETTLE_S = 90.0
#: Flink gathers metrics when it is asked, at most every 10 s, and answers with what it had gathered before.
METRICS_S = 40.0
#: It refuses an address above 4 KiB.
METRICS_AT_ONCE = 30
RATINGS = Path(__file__).parents[3] / "shared" / "data" / "movielens" / "ratings.csv"
RATINGS_READ = 1_000


class Recording:
    """A way to Kafka that remembers the bytes it was given."""

    def __init__(self, kafka: str) -> None:
        self.values: Counter[tuple[str, bytes | None]] = Counter()
        self._kafka = KafkaSink(kafka)

    def send(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        self.values[topic, value] += 1
        self._kafka.send(topic, key, value)

    def flush(self) -> None:
        self._kafka.flush()


class Sent:
    """One run through the pipeline: what was sent, what came of it, and when it was looked at."""

    def __init__(self, stack: Running) -> None:
        self.where = stack.endpoints
        jobs.ensure_all(stack.settings, self.where, ("compute_features", "validate_events"), print)
        self.sink = Recording(self.where.kafka)
        world = make_world(Random(SEED), members=400, titles=60)
        ratings = read_ratings(RATINGS, RATINGS_READ)[0] if RATINGS.exists() else []
        self.titles = list(catalogued((*world.titles, *(title_of(rating.movie) for rating in ratings))))
        announce(self.titles, KafkaSink(self.where.kafka, topics=(topics.TITLES,)))
        messages = traffic(world, RATE_PER_S, SECONDS, wall_ms() + 500, SEED, FAULTS, scores=True)
        self.truth = deliver(messages, self.sink, Truth(records=[]))
        deliver(replayed(ratings, wall_ms(), speed=1e9, shift_to_now=True), self.sink, self.truth)
        self.progress = settle(self.where, self.truth.sent, SETTLE_S)
        self.now_ms = wall_ms()


@pytest.fixture(scope="module")
def sent(stack: Running) -> Iterator[Sent]:
    sent = Sent(stack)
    yield sent
    withdraw((title.title_id for title in sent.titles), KafkaSink(sent.where.kafka, topics=(topics.TITLES,)))


def test_the_ledger_is_the_truth(sent: Sent) -> None:
    for entry in sent.progress["ledger"]:
        event = entry["event"]
        assert entry["balanced"], entry
        assert entry["counted"] == sent.truth.outcomes[event, "valid"], entry
        assert entry["quarantined"] == sent.truth.outcomes[event, "quarantined"], entry
        assert entry["duplicate"] == sent.truth.outcomes[event, "duplicate"], entry
        assert entry["late"] == sent.truth.outcomes[event, "late"], entry


@pytest.mark.parametrize("view", VIEWS)
def test_features_are_a_naive_reading_of_what_was_sent(sent: Sent, view: str) -> None:
    assert sent.truth.records
    genres = {title.title_id: ",".join(title.genres) or None for title in sent.titles}
    seen = [
        (name, record | {"genres": genres.get(record.get("title_id", ""))})
        for name, record in sent.truth.records
    ]
    expected = naive_features(view, seen, sent.now_ms)
    assert len(expected) > 10
    with closing(connect(sent.where.redis)) as redis:
        found = FeatureReader(redis).read(view, list(expected), sent.now_ms).as_dicts()
    assert differences(expected, found) == {}
    assert all(set(entity["values"]) == set(expected[entity["entity"]]) for entity in found)


def test_set_aside_records_keep_their_bytes_and_say_why(sent: Sent) -> None:
    found: Counter[tuple[str, bytes | None]] = Counter()
    for record in read_all(sent.where.kafka, [topics.quarantine(e) for e in EVENT_NAMES]):
        headers = {name: value.decode() for name, value in record.headers}
        assert headers["verdict"] == "rejected"
        assert headers["reasons"]
        assert len(headers["ruleset"]) == 12
        assert headers["topic"].startswith("events.")
        assert int(headers["partition"]) >= 0
        assert int(headers["offset"]) >= 0
        assert headers["time"][:2] == "20"
        found[headers["topic"], record.value] += 1
    assert found.total() == sent.truth.of("quarantined")
    assert all(sent.sink.values[what] >= n for what, n in found.items())


def test_every_fault_kind_had_its_say(sent: Sent) -> None:
    reasons = sent.progress["reasons"]
    assert {"unframed", "malformed", "unknown_schema", "empty_value", "oversize", "wrong_event"} <= set(
        reasons
    )
    assert {"not_from_the_future", "runtime_in_milliseconds", "country_iso"} <= set(reasons)


def test_events_are_held_against_the_catalogue_of_titles(sent: Sent) -> None:
    found: Counter[str] = Counter()
    for record in read_all(sent.where.kafka, [topics.valid(e) for e in EVENT_NAMES]):
        found.update(dict(record.headers).get("reasons", b"").decode().split(","))
    assert sent.truth.faults["unknown_title"] > 0
    assert found["title_in_catalogue"] == sent.truth.faults["unknown_title"]
    assert found["runtime_as_catalogued"] == sent.truth.faults["another_runtime"]


def test_what_passed_has_the_genres_of_its_title(sent: Sent) -> None:
    genres = {title.title_id: ",".join(title.genres) for title in sent.titles}
    found: Counter[str] = Counter()
    for record in read_all(sent.where.kafka, [topics.valid(e) for e in EVENT_NAMES]):
        event = EVENTS[topics.event_of(record.topic)]
        read = read_datum(event, EMBEDDED.writers[EMBEDDED.current_id[event.name]], record.value)
        told = dict(record.headers).get("genres")
        assert (told and told.decode()) == genres.get(read.get("title_id", "")), record
        found[event.name] += told is not None
    of_titles = {event for event in MADE if "title_id" in {c.name for c in EVENTS[event].columns}}
    assert {event for event, n in found.items() if n} == of_titles


def gate_counters(flink: FlinkRest) -> Counter[str]:
    """The gate's own counters as Flink tells them, by their groups and name; warned events are valid ones."""
    (job,) = flink.running("validate_events")
    found: Counter[str] = Counter()
    for vertex in flink.vertices(job.id):
        path = f"/jobs/{job.id}/vertices/{vertex.id}/subtasks/metrics"
        named = {m["id"]: m["id"].partition("].")[2] for m in flink.get(path) if ".headwater_" in m["id"]}
        names = list(named)
        for at in range(0, len(names), METRICS_AT_ONCE):
            some = quote(",".join(names[at : at + METRICS_AT_ONCE]))
            for metric in flink.get(f"{path}?agg=sum&get={some}"):
                found[named[metric["id"]].replace(".warned.", ".valid.")] += int(metric["sum"])
    return found


def test_flink_tells_what_the_gate_has_counted(sent: Sent) -> None:
    expected: Counter[str] = Counter()
    for (event, outcome), n in sent.truth.outcomes.items():
        verdict = "rejected" if outcome == "quarantined" else outcome
        expected[f"event.{event}.verdict.{verdict}.headwater_events"] += n
    written = [of(event) for of in (topics.valid, topics.quarantine) for event in EVENT_NAMES]
    for record in read_all(sent.where.kafka, written):
        reasons = (dict(record.headers).get("reasons") or b"").decode()
        for reason in reasons.split(",") if reasons else ():
            unread = reason in ("oversize", "null_key")
            expected[f"reason.{'empty_value' if unread else reason}.headwater_failures"] += 1
    flink, deadline = FlinkRest(sent.where.flink), time.monotonic() + METRICS_S
    while (found := gate_counters(flink)) != expected and time.monotonic() < deadline:
        time.sleep(2.0)
    assert found == expected
