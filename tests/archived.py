"""Records for an archive from librdkafka's own broker for tests, and what is found of them in its files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from confluent_kafka import Producer

from headwater.archive.folder import held, topic_of
from schemas.codec import encode_datum
from schemas.events import EVENTS
from schemas.topics import raw, valid
from tests.samples import sound

RAW, VALID = raw("play"), valid("play")
PARTITIONS = 2


def send(producer: Producer, numbers: range, at_ms: int = 1_780_000_000_000) -> None:
    """A raw and a judged play of each number, in the partition of its remainder; one a second."""
    for n in numbers:
        told = {"verdict": "valid", "ruleset": "1", "partition": "0", "offset": f"{n}", "genres": "drama"}
        headers = [(name, value.encode()) for name, value in told.items()]
        datum = encode_datum(EVENTS["play"], sound("play", event_id=f"{n}"))
        place = {"partition": n % PARTITIONS, "timestamp": at_ms + n * 1_000}
        producer.produce(VALID, datum, headers=headers, **place)
        producer.produce(RAW, f"{n}".encode(), key=b"m", headers=[("attempts", None)], **place)
    assert producer.flush(30) == 0


@contextmanager
def command(kafka: str, out: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    """`headwater archive` in a process of its own, without the other commands; killed at the end."""
    code = "import typer; from headwater.commands.archive import archive; typer.run(archive)"
    told = [sys.executable, "-c", code, "--out", str(out), "--events", "play", *more]
    environment = os.environ | {"HEADWATER_KAFKA": kafka}
    with subprocess.Popen(told, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def tables(root: Path, topic: str) -> Iterator[tuple[int, pa.Table]]:
    """Each partition and its records, in order. Fails where a file has not what its name says."""
    folder = topic_of(root, topic)
    for partition, files in held(folder).items():
        found = [pq.read_table(*folder.glob(f"*/{file.name}"), partitioning=None) for file in files]
        assert [len(table) for table in found] == [file.last + 1 - file.first for file in files]
        assert [a.last + 1 for a in files[:-1]] == [b.first for b in files[1:]]
        yield partition, pa.concat_tables(found)


def numbers(root: Path) -> list[list[int]]:
    """The numbers of what was kept: of each partition, raw then judged."""
    raws = [table["value"] for _, table in tables(root, RAW)]
    valids = [table["event_id"] for _, table in tables(root, VALID)]
    return [[int(text) for text in column.to_pylist()] for column in (*raws, *valids)]


def expected(end: int) -> list[list[int]]:
    """What `numbers` gives of all below an end, each once and in order."""
    return [list(range(partition, end, PARTITIONS)) for partition in range(PARTITIONS)] * 2
