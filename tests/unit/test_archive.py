"""Every record of a topic is in exactly one file, in order, whatever ends the process that writes them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import pyarrow.parquet as pq
import pytest
from confluent_kafka import Producer
from typer.testing import CliRunner

from features.offline import Log
from flink_jobs.stretches import consumer
from headwater.archive import folder as folder_module
from headwater.archive import keeping
from headwater.archive.folder import Folder
from headwater.archive.keeping import HASTY, keep, lanes_of
from headwater.cli import app
from headwater.errors import HeadwaterError
from schemas.codec import encode_datum
from schemas.registry import EMBEDDED
from tests.archived import RAW, VALID, command, expected, numbers, send, tables
from tests.brokers import a_broker
from tests.samples import sound

pytestmark = pytest.mark.unit

HOUR_S, PATIENCE_S = 3_600, 300


@pytest.fixture
def broker() -> Iterator[tuple[Producer, str]]:
    with a_broker(RAW, VALID) as found:
        yield found


def once(kafka: str, out: Path, *more: str) -> Any:
    told = ["archive", "--once", "--out", str(out), "--events", "play", *more]
    return CliRunner().invoke(app, told, env={"HEADWATER_KAFKA": kafka}, catch_exceptions=True)


def until(so: Callable[[], bool]) -> None:
    """Return once it is so. A busy machine is no failure."""
    deadline_s = monotonic() + PATIENCE_S
    while not so():
        assert monotonic() < deadline_s
        sleep(0.01)


def kept(kafka: str, out: Path) -> None:
    """As the command does, in this process."""
    with Folder.opened(out) as folder, consumer(kafka, "archive", **HASTY) as reader:
        for lane in lanes_of(reader, [RAW, VALID]):
            for _ in keep(reader, folder, lane):
                pass


def test_what_is_there_is_kept_and_then_what_came_since(broker: tuple[Producer, str], tmp_path: Path) -> None:
    producer, kafka = broker
    assert once(kafka, tmp_path).stdout.startswith("kept 0 records in 0 files")
    for end in (100, 100, 150):
        send(producer, range(len(numbers(tmp_path)) and sum(map(len, numbers(tmp_path))) // 2, end))
        assert once(kafka, tmp_path).exit_code == 0
        assert numbers(tmp_path) == expected(end)


def test_a_raw_record_is_kept_as_it_was_and_a_judged_one_by_columns(
    broker: tuple[Producer, str], tmp_path: Path
) -> None:
    producer, kafka = broker
    send(producer, range(4))
    older = next(w for w in EMBEDDED.writers.values() if w.event == "play" and w.version == 1)
    producer.produce(VALID, encode_datum(older.wrote, sound("play", event_id="old")), partition=0)
    producer.produce(VALID, b"junk", partition=0, headers=[("offset", b"x"), ("verdict", b"\xff")])
    assert producer.flush(10) == 0
    assert once(kafka, tmp_path).exit_code == 0
    (_, raw), _ = tables(tmp_path, RAW)
    assert raw.drop_columns(["timestamp"]).to_pylist() == [
        {
            "key": b"m",
            "value": value,
            "headers": [{"name": "attempts", "value": None}],
            "partition": 0,
            "offset": offset,
        }
        for offset, value in enumerate([b"0", b"2"])
    ]
    (_, valid), _ = tables(tmp_path, VALID)
    assert valid["event_id"].to_pylist() == ["0", "2", "old", None]
    assert valid["offset"].to_pylist() == [0, 2, None, None]
    assert valid["genres"].to_pylist() == ["drama", "drama", None, None]
    assert valid["unread"].to_pylist() == [None, None, None, b"junk"]
    log = Log.open(tmp_path / "valid")
    assert log.table("SELECT COUNT(event_time) AS n FROM valid_play")["n"].to_pylist() == [5]


def test_a_file_ends_with_its_hour_and_when_it_is_large(
    broker: tuple[Producer, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    producer, kafka = broker
    send(producer, range(3 * HOUR_S), at_ms=1_780_003_000_000)
    monkeypatch.setattr(keeping, "FILE_RECORDS", 500)
    kept(kafka, tmp_path)
    assert numbers(tmp_path) == expected(3 * HOUR_S)
    files = sorted((tmp_path / "valid" / "play").glob("*/0-*.parquet"))
    assert len({file.parent for file in files}) == 4
    for file in files:
        read = pq.read_table(file, columns=["ingested"], partitioning=None)["ingested"].to_pylist()
        assert {f"hour={at:%Y-%m-%dT%H}" for at in read} == {file.parent.name}
        assert len(read) <= 500 + 2_000


def test_what_ends_at_any_point_is_gone_on_with(
    broker: tuple[Producer, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    producer, kafka = broker

    class Killed(BaseException):
        """As when the process ends: nobody handles it."""

    left, sent = 0, 0

    def step() -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Killed

    for owner, name in ((folder_module.pq, "write_table"), (folder_module, "_flushed"), (Path, "rename")):
        plain = getattr(owner, name)

        def called(*args: Any, plain: Any = plain, **options: Any) -> Any:
            step()
            found = plain(*args, **options)
            step()
            return found

        monkeypatch.setattr(owner, name, called)
    for ends_at in range(1, 24):
        send(producer, range(sent, sent := sent + 4))
        left = ends_at
        with pytest.raises(Killed):
            kept(kafka, tmp_path)
    left = 0
    kept(kafka, tmp_path)
    assert numbers(tmp_path) == expected(sent)
    assert not list(tmp_path.rglob("*.writing"))


@pytest.mark.parametrize("kills", [3, pytest.param(10, marks=pytest.mark.soak)])
def test_a_process_that_is_killed_while_records_come_loses_and_doubles_none(
    broker: tuple[Producer, str], tmp_path: Path, kills: int
) -> None:
    producer, kafka = broker
    random, ended, sent = Random(kills), Event(), [0]

    def come() -> None:
        while not ended.is_set():
            # No more than this broker keeps.
            send(producer, range(sent[0], sent[0] + 10))
            sent[0] += 10
            sleep(0.1)

    sender = Thread(target=come)
    sender.start()
    try:
        for _ in range(kills):
            before = len(list(tmp_path.rglob("*.parquet")))
            with command(kafka, tmp_path, "--every", "1s"):
                until(lambda before=before: len(list(tmp_path.rglob("*.parquet"))) > before)
                sleep(random.random() * 1.5)
    finally:
        ended.set()
        sender.join()
    assert once(kafka, tmp_path).exit_code == 0
    assert numbers(tmp_path) == expected(sent[0])


def test_it_follows_until_it_is_told_to_end(broker: tuple[Producer, str], tmp_path: Path) -> None:
    producer, kafka = broker
    send(producer, range(100))
    with command(kafka, tmp_path, "--every", "1s", "--json") as process:
        for end in (100, 200):
            until(lambda end=end: numbers(tmp_path) == expected(end))
            send(producer, range(end, end + 100))
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert '"lost": 0' in told


def test_what_kafka_deleted_before_is_told(broker: tuple[Producer, str], tmp_path: Path) -> None:
    producer, kafka = broker
    producer.produce(RAW, b"0", partition=0)
    assert producer.flush(10) == 0
    assert once(kafka, tmp_path).exit_code == 0
    # This broker keeps the newest 5 MiB of a partition.
    for _ in range(12):
        producer.produce(RAW, os.urandom(600_000), partition=0)
        assert producer.flush(10) == 0
    found = once(kafka, tmp_path)
    assert found.exit_code == 1
    assert "were lost before" in found.stdout
    assert "events.play/0: Kafka deleted" in found.stderr
    assert once(kafka, tmp_path).exit_code == 0


def test_what_will_not_do_is_told_in_a_line(broker: tuple[Producer, str], tmp_path: Path) -> None:
    producer, kafka = broker

    def refused(out: Path, *more: str) -> str:
        found = once(kafka, out, *more).exception
        assert isinstance(found, HeadwaterError)
        return str(found)

    assert "no topic events.hover, valid.hover" in refused(tmp_path, "--events", "hover")
    assert "'dance', which is no event" in refused(tmp_path, "--events", "dance")
    assert "--every is no duration" in refused(tmp_path, "--every", "soon")
    (tmp_path / "file").touch()
    assert "cannot be written" in refused(tmp_path / "file")
    with Folder.opened(tmp_path):
        assert "another process" in refused(tmp_path)
    send(producer, range(4))
    kept(kafka, tmp_path)
    (file,) = (tmp_path / "valid" / "play").glob("*/0-*.parquet")
    file.with_name("0-1-9.parquet").write_bytes(file.read_bytes())
    assert "holds records twice" in refused(tmp_path)
    file.with_name("0-1-9.parquet").rename(file.with_name("0-2-9.parquet"))
    assert "it is another log" in refused(tmp_path)
