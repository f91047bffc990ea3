"""``headwater archive``: what Kafka deletes after some days stays in files."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Annotated

import typer
from confluent_kafka import Consumer, KafkaException

from features.duration import parse_ms
from flink_jobs.stretches import consumer
from headwater.archive.folder import Folder
from headwater.archive.keeping import HASTY, keep, lanes_of
from headwater.commands.runtime import Json, say
from headwater.errors import HeadwaterError
from headwater.kafka_client import reaching
from headwater.runtime.endpoints import kafka_of
from headwater.settings import load
from schemas.events import EVENT_NAMES
from schemas.topics import raw, valid

_SAY_S = 5.0


def archive(
    out: Annotated[Path, typer.Option("--out", help="The folder; an archive there is gone on with.")],
    once: Annotated[bool, typer.Option("--once", help="Keep what there is by now, and end.")] = False,
    every: Annotated[
        str, typer.Option("--every", metavar="TIME", help="How often to write what came, such as 30s or 10m.")
    ] = "60s",
    events: Annotated[
        str | None, typer.Option("--events", metavar="EVENT,…", help="Only these event types; default: all.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Keep raw and judged events as Parquet files, each record in exactly one, until it is stopped.

    `valid/<event>/` in the folder holds judged events by columns, as `headwater training-set`, `backfill` and
    `rebuild` read them, and `events/<event>/` the bytes that producers sent, each by the hour in which they
    came. It may be stopped or killed at any time and started again: the names of the files tell where it was.
    Each partition gets a file every so often, if anything came: the rarer, the larger they are.

    Ends with 1 if Kafka had deleted records before they were kept, as it then tells on stderr.
    """
    every_s, topics = _seconds(every), [of(event) for of in (raw, valid) for event in _events(events)]
    kafka, total = kafka_of(load()), Counter[str]()
    with (
        Folder.opened(out) as folder,
        _signals() as stop,
        reaching(kafka),
        consumer(kafka, "headwater-archive", **HASTY) as reader,
    ):
        while True:
            try:
                _round(reader, folder, topics, stop, total)
            except (KafkaException, TimeoutError) as error:
                if once:
                    raise
                say(f"Kafka does not answer, it is asked again: {error}")
            if once or stop.wait(every_s):
                break
    told = {"out": str(out)} | {name: total[name] for name in ("records", "files", "bytes", "lost")}
    line = (
        f"kept {total['records']:,} records in {total['files']:,} files of {total['bytes']:,} bytes in {out}"
    )
    lost = f"; {total['lost']:,} were lost before" if total["lost"] else ""
    typer.echo(json.dumps(told) if as_json else line + lost)
    if total["lost"]:
        raise typer.Exit(1)


def _round(reader: Consumer, folder: Folder, topics: list[str], stop: Event, total: Counter[str]) -> None:
    """Keep what there is by now, and add it to the total; no further file once it is to stop."""
    told_s = time.monotonic()
    for lane in lanes_of(reader, topics):
        for kept in keep(reader, folder, lane):
            total.update(
                records=kept.records, files=bool(kept.records), bytes=kept.size_bytes, lost=kept.lost
            )
            if kept.lost:
                say(f"{lane[0]}/{lane[1]}: Kafka deleted {kept.lost:,} records before they were kept")
            if time.monotonic() - told_s > _SAY_S:
                told_s = time.monotonic()
                say(f"{lane[0]}: {total['records']:,} records in {total['files']:,} files so far")
            if stop.is_set():
                return


@contextmanager
def _signals() -> Iterator[Event]:
    """Set by a signal to end, which then ends nothing by itself."""
    stop = Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _seconds(every: str) -> float:
    try:
        return parse_ms(every) / 1_000
    except ValueError as error:
        raise HeadwaterError("--every is no duration", str(error)) from None


def _events(told: str | None) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(told.split(","))) if told is not None else EVENT_NAMES
    if unknown := [name for name in names if name not in EVENT_NAMES]:
        raise HeadwaterError(
            f"--events names {unknown[0]!r}, which is no event", f"use some of {','.join(EVENT_NAMES)}"
        )
    return names
