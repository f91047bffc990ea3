"""An emptied Redis is filled from an archive and what came since, and is whole to readers and jobs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
import pytest
import redis
from confluent_kafka import Producer

from features.catalog import VIEWS
from features.live import LIVE_KEY, Live
from features.offline import Log
from flink_jobs.live_forgotten import LiveForgotten
from flink_jobs.stretches import consumer
from headwater import rebuilding, refill, runs
from headwater.archive import tail as tail_module
from headwater.archive.folder import Folder
from headwater.archive.keeping import keep, lanes_of
from headwater.archive.tables import judged
from headwater.archive.tail import tail
from headwater.commands import rebuild as command
from headwater.errors import HeadwaterError
from headwater.positions import FEATURES
from headwater.runtime.paths import Paths
from headwater.settings import Settings, load
from schemas.codec import encode_datum
from schemas.events import EVENT_NAMES, EVENTS
from schemas.topics import valid
from serving import FeatureReader
from sinks import redis_generations
from tests.archived import RAW, VALID, send
from tests.brokers import a_broker
from tests.commands import run
from tests.doubles import MemoryTopic
from tests.naive import Event
from tests.offline import crowded, tables
from tests.reading import NOW_MS, check

COMPUTED = ("title_engagement", "country_top", "member_history")
EVENTS_OF_3_H = crowded(Random(1), 3 * 3_600_000)


@pytest.fixture
def broker() -> Iterator[tuple[Producer, str]]:
    with a_broker(RAW, VALID) as found:
        yield found


@pytest.fixture
def where(
    client: redis.Redis, broker: tuple[Producer, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """An empty Redis, and an archive of all but the newest events, which are in Kafka."""
    producer, kafka = broker
    for name in EVENT_NAMES:
        producer.list_topics(valid(name), 10)
    events = sorted(EVENTS_OF_3_H, key=lambda one: one[1]["event_time"])
    (tmp_path / "valid").mkdir()
    for name, table in tables(events[:-20]).items():
        pq.write_table(table, tmp_path / "valid" / f"{name}.parquet")
    for offset, (name, record) in enumerate(events[-20:], 1_000):
        told = {"verdict": "valid", "partition": "0", "offset": f"{offset}", "genres": record["genres"]}
        headers = [(header, text and text.encode()) for header, text in told.items()]
        datum = encode_datum(EVENTS[name], {c.name: record[c.name] for c in EVENTS[name].columns})
        for _ in range(2):  # as a gate that was restarted writes it
            producer.produce(valid(name), datum, headers=headers, partition=offset % 2)
    assert producer.flush(10) == 0
    client.flushall()

    @contextmanager
    def nobody(kafka: str) -> Iterator[LiveForgotten]:
        yield LiveForgotten(MemoryTopic())

    for module in (rebuilding, refill):  # this broker tells nothing of times
        monkeypatch.setattr(module, "forgotten", nobody)
    monkeypatch.setattr(command, "wall_ms", lambda: NOW_MS)
    port = client.connection_pool.connection_kwargs["port"]
    told = {"kafka": kafka, "redis": f"redis://127.0.0.1:{port}", "runtime_dir": tmp_path / "run"}
    for name, value in (told | {"views": ",".join(COMPUTED)}).items():
        monkeypatch.setenv(f"HEADWATER_{name.upper()}", str(value))
    return load()


def right(client: redis.Redis, *views: str) -> None:
    """Those views say what a naive reading does, and are not in doubt."""
    for name in views:
        check(VIEWS[name], FeatureReader(client), EVENTS_OF_3_H, NOW_MS)


@pytest.mark.runtime
def test_an_emptied_redis_is_whole_again_under_the_generation_of_its_job(
    client: redis.Redis, where: Settings, tmp_path: Path
) -> None:
    with pytest.raises(HeadwaterError, match="names no features that are read"):
        run("rebuild", "--events", tmp_path)
    runs.write(Paths.of(where), FEATURES, runs.Run("job", "plan", 7))
    told = run("rebuild", "--events", tmp_path)
    assert (told["generation"], told["whole"], told["lost"]) == (7, True, 0)
    assert 0 < told["since"] <= 2 * 20
    assert {view["view"] for view in told["views"]} == {VIEWS[name].id for name in COMPUTED}
    right(client, *COMPUTED)
    assert redis_generations.live(client) == Live(7)
    assert redis_generations.end_of(client, 7) == {}
    assert FeatureReader(client).read("title_rating", ["t1"], NOW_MS).status[0] == "not computed"
    keys = set(client.scan_iter("hw:{*"))
    assert len(keys) == sum(view["keys"] for view in told["views"])


@pytest.mark.runtime
def test_some_views_alone_leave_it_to_the_job_when_all_is_whole(
    client: redis.Redis, where: Settings, tmp_path: Path
) -> None:
    redis_generations.begin(client, 9, {"valid.play/0": 5}, [VIEWS[name].id for name in COMPUTED])
    told = run("rebuild", "--events", tmp_path / "valid", "--views", "country_top")
    assert (told["generation"], told["whole"]) == (9, False)
    assert redis_generations.live(client) == Live(9, rebuilding=True)
    told = run("rebuild", "--events", tmp_path / "valid")
    assert (told["generation"], told["whole"]) == (9, True)
    assert redis_generations.live(client) == Live(9)
    right(client, *COMPUTED)


@pytest.mark.runtime
def test_files_that_are_no_archive_vouch_for_nothing(
    client: redis.Redis, where: Settings, tmp_path: Path
) -> None:
    client.set(LIVE_KEY, "3 rebuilding")
    (tmp_path / "valid").rename(tmp_path / "log")
    told = run("rebuild", "--events", tmp_path / "log")
    assert (told["whole"], told["since"]) == (False, 0)
    assert redis_generations.live(client) == Live(3, rebuilding=True)


@pytest.mark.runtime
def test_a_backfill_goes_into_redis_too(client: redis.Redis, where: Settings, tmp_path: Path) -> None:
    redis_generations.take_over(client, 4)
    day = ["--from", "2026-05-28", "--to", "2026-05-29"]
    with pytest.raises(HeadwaterError, match="neither --out nor --redis"):
        run("backfill", "title_engagement", *day, "--events", tmp_path)
    told = run("backfill", "title_engagement", *day, "--events", tmp_path, "--redis")
    assert told["keys"] == len(list(client.scan_iter("hw:{*:g4"))) > told["entities"] > 0
    run("rebuild", "--events", tmp_path, "--views", "title_engagement")
    right(client, "title_engagement")


@pytest.mark.unit
def test_the_tail_is_what_the_archive_lacks(
    broker: tuple[Producer, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    producer, kafka = broker
    with consumer(kafka, "tail") as reader:
        for kept_to, end in ((0, 30), (30, 70), (70, 70)):
            send(producer, range(kept_to, end))
            found = tail(reader, tmp_path, ["play"])
            assert sorted(map(int, found.tables["play"]["event_id"].to_pylist())) == [*range(kept_to, end)]
            assert (found.records, found.lost) == (end - kept_to, 0)
            with Folder.opened(tmp_path) as folder:
                for lane in lanes_of(reader, [VALID]):
                    assert sum(kept.records for kept in keep(reader, folder, lane)) in (
                        0,
                        (end - kept_to) // 2,
                    )
        send(producer, range(70, 80))
        monkeypatch.setattr(tail_module, "MOST", 9)
        with pytest.raises(HeadwaterError, match="lacks 10 records"):
            tail(reader, tmp_path, ["play"])


@pytest.mark.unit
def test_folders_that_ended_before_are_passed_by(tmp_path: Path) -> None:
    play = judged(EVENTS["play"], []).select(["event_id", "event_time", "verdict"])
    hours = ["2026-05-28T18", "2026-05-28T19", "2026-05-28T20"]
    for hour in hours:
        file = tmp_path / "play" / f"hour={hour}" / "0-0-0.parquet"
        file.parent.mkdir(parents=True)
        one = play.schema.empty_table().from_pylist([{"event_id": hour}], schema=play.schema)
        pq.write_table(one, file)

    def read(since_ms: int) -> list[str]:
        found: list[str] = (
            Log.open(tmp_path, since_ms).table("SELECT event_id FROM valid_play")[0].to_pylist()
        )
        return sorted(found)

    nine_ms = 1_779_994_800_000  # 19:00
    assert read(0) == hours
    assert read(nine_ms + 59_999) == hours
    assert read(nine_ms + 60_000) == hours[1:]
    assert read(nine_ms + 86_400_000) == hours[2:], "one, for its columns"


@pytest.mark.unit
def test_a_log_has_what_came_too(tmp_path: Path) -> None:
    def shown(log: Log) -> dict[str, int]:
        return {e: log.table(f"SELECT COUNT(*) AS n FROM valid_{e}")["n"][0].as_py() for e in log.relations}

    files: dict[str, list[Event]] = {"play": [], "hover": []}
    for name, record in EVENTS_OF_3_H:
        if name in files:
            files[name].append((name, record))
    pq.write_table(tables(files["play"])["play"], tmp_path / "play.parquet")
    log = Log.open(tmp_path)
    before = shown(log)["play"]
    came = {name: tables(of)[name] for name, of in files.items()} | {"seek": judged(EVENTS["seek"], [])}
    found = log.more(came)
    assert shown(found) == {"play": before + len(came["play"]), "hover": len(came["hover"]), "seek": 0}
    found.count(VIEWS["title_country_trending"], 0, NOW_MS)
