"""Records of Kafka as tables: raw ones as the bytes that they are, judged ones as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import cast

import pyarrow as pa
from confluent_kafka import Message

from flink_jobs.stretches import offset_of
from schemas.codec import decode_batch, frame
from schemas.events import EVENTS, EventType
from schemas.registry import EMBEDDED
from schemas.titles import GENRES
from schemas.topics import event_of, valid

_TIME = pa.timestamp("ms", "UTC")
_HEADERS = pa.list_(pa.struct({"name": pa.string(), "value": pa.binary()}))
#: What the gate says of an event in headers, as text; and where in the raw topic it came from.
_TOLD = ("verdict", "reasons", "ruleset", "slice", "attempts", GENRES.name)
_PLACE = {"partition": pa.int32(), "offset": pa.int64()}


def table_of(messages: Sequence[Message]) -> pa.Table:
    """Records of one topic, of raw or judged events, a row each, in order."""
    topic = str(messages[0].topic())
    event = EVENTS[event_of(topic)]
    return judged(event, messages) if topic == valid(event.name) else _raw(messages)


def times_ms(messages: Sequence[Message]) -> list[int]:
    """When each was ingested."""
    return [message.timestamp()[1] for message in messages]


def _raw(messages: Sequence[Message]) -> pa.Table:
    headers = [[{"name": name, "value": value} for name, value in _headers(message)] for message in messages]
    return pa.table(
        {
            "key": pa.array([message.key() for message in messages], pa.binary()),
            "value": pa.array([message.value() for message in messages], pa.binary()),
            "headers": pa.array(headers, _HEADERS),
            "timestamp": pa.array(times_ms(messages), _TIME),
            "partition": pa.array([message.partition() for message in messages], _PLACE["partition"]),
            "offset": pa.array([offset_of(message) for message in messages], _PLACE["offset"]),
        }
    )


def judged(event: EventType, messages: Sequence[Message]) -> pa.Table:
    """Judged events: the columns of `valid.<event>`, what headers say, and when each was ingested.

    `unread` are the bytes of what no schema of the event reads, whose other columns are null.
    """
    datums = [message.value() or b"" for message in messages]
    found, unread = _decoded(event, datums)
    headers = [dict(_headers(message)) for message in messages]
    more = {name: pa.array([_text(of.get(name)) for of in headers], pa.string()) for name in _TOLD}
    more |= {name: pa.array([_whole(of.get(name)) for of in headers], kind) for name, kind in _PLACE.items()}
    more["ingested"] = pa.array(times_ms(messages), _TIME)
    more["unread"] = pa.array([unread.get(row) for row in range(len(datums))], pa.binary())
    # By name alone: what cannot be read has nulls where the schema allows none.
    return pa.table({**dict(zip(found.column_names, found.columns, strict=True)), **more})


def _decoded(event: EventType, datums: Sequence[bytes]) -> tuple[pa.Table, Mapping[int, bytes]]:
    """A row for each datum, and by their rows those that cannot be read.

    A datum does not say which schema wrote it: those before the current one are tried too, the newest first.
    """
    left, parts, places = list(range(len(datums))), list[pa.Table](), list[int]()
    writers = [writer for writer in EMBEDDED.writers.values() if writer.event == event.name]
    for writer in sorted(writers, key=lambda writer: -writer.version):
        if left or not parts:
            read = decode_batch(event, [frame(writer.id, datums[row]) for row in left])
            parts.append(pa.Table.from_batches([read.batch]))
            places += [left[row] for row in read.rows]
            left = [left[row] for row in sorted(read.reasons)]
    rows = pa.concat_tables(parts)
    if places == list(range(len(datums))):
        return rows, {}
    at = {place: row for row, place in enumerate(places)}
    picked = pa.array([at.get(place) for place in range(len(datums))], pa.int64())
    return rows.take(picked), {row: datums[row] for row in left}


def _headers(message: Message) -> list[tuple[str, bytes | None]]:
    return cast(list[tuple[str, bytes | None]], message.headers() or [])


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="replace")


def _whole(value: bytes | None) -> int | None:
    with suppress(ValueError):
        return None if value is None else int(value)
    return None
