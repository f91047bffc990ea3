"""Frames to columns and back: many events at once by Rust, and one at a time by fastavro, which agree.

`decode_batch` never raises on data. What cannot be read comes back as a reason, row by row:
`empty_value`, `unframed`, `unknown_schema`, `wrong_event`, `malformed`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import fastavro
import numpy as np
import pyarrow as pa
import pyruhvro

from schemas.canonical import lengths
from schemas.events import EventType
from schemas.registry import EMBEDDED, Registry, Writer

MAGIC = b"\x00"
FRAME_BYTES = 5

Record = dict[str, Any]

#: How far numbers go from zero.
_FAR = {"int": 2**31, "long": 2**63}


@dataclass(frozen=True)
class Decoded:
    """A batch of frames after reading.

    `rows[i]` is the place in the input of row i of `batch` and of `datums`; `reasons` maps the other
    places to why they could not be read. The datums are canonical and of the current schema.
    """

    batch: pa.RecordBatch
    rows: list[int]
    datums: list[bytes]
    reasons: dict[int, str]


def frame(schema_id: int, datum: bytes) -> bytes:
    """Put Confluent's frame around a datum.

    >>> frame(3, b"x")
    b'\\x00\\x00\\x00\\x00\\x03x'
    """
    return MAGIC + schema_id.to_bytes(4, "big") + datum


def encode(event: str, record: Record, registry: Registry = EMBEDDED) -> bytes:
    """The frame of a record, written with the current schema of its event type."""
    return frame(registry.current_id[event], encode_datum(registry.events[event], record))


def encode_datum(event: EventType, record: Record) -> bytes:
    """The bare Avro datum of a record. `event_time` is in milliseconds."""
    out = io.BytesIO()
    fastavro.schemaless_writer(out, _parsed(event.schema_json), record)
    return out.getvalue()


def decode_batch(event: EventType, frames: Sequence[bytes | None], registry: Registry = EMBEDDED) -> Decoded:
    """Read the frames of one event type at once. Holds for any bytes: whatever cannot be read is a reason."""
    expected = frame(registry.current_id[event.name], b"")
    reasons: dict[int, str] = {}
    rows: list[int] = []
    datums: list[bytes] = []
    older: dict[int, bytes] | None = None
    for row, value in enumerate(frames):
        if value is not None and value[:FRAME_BYTES] == expected:
            rows.append(row)
            datums.append(value[FRAME_BYTES:])
            continue
        if older is None:
            older = _of_older_writers(event, frames, registry)
        datum, reason = (older[row], None) if row in older else _translate(event, value, registry)
        if reason is None:
            rows.append(row)
            datums.append(datum)
        else:
            reasons[row] = reason
    return _read(event, rows, datums, reasons)


def _read(event: EventType, rows: list[int], datums: list[bytes], reasons: dict[int, str]) -> Decoded:
    try:
        batch = _to_arrow(event, datums)
        written, widest = lengths(batch, event.columns)
        sound = written == np.fromiter(map(len, datums), np.int64, len(datums))
        if len(widest):  # what is written of a number that lost its upper bits is another
            again = _written(event, batch.take(pa.array(widest)))
            sound[widest] &= [datums[row] == datum for row, datum in zip(widest, again, strict=True)]
        if sound.all():
            return Decoded(batch, rows, datums, reasons)
        bad = set(np.flatnonzero(~sound).tolist())
    except UnreadableError:
        bad = set(_unreadable(event, datums, 0, len(datums)))
    reasons |= {rows[i]: "malformed" for i in bad}
    kept = [i for i in range(len(rows)) if i not in bad]
    return _read(event, [rows[i] for i in kept], [datums[i] for i in kept], reasons)


class UnreadableError(ValueError):
    """At least one datum of the batch cannot be read; Rust does not say which."""


def _to_arrow(event: EventType, datums: list[bytes]) -> pa.RecordBatch:
    try:
        batch = pyruhvro.deserialize_array(datums, event.schema_json)
        batch.validate(
            full=True
        )  # Rust does not check that strings are UTF-8, and polars trusts that they are
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a Rust panic is not an Exception
        raise UnreadableError from error
    return batch


def _unreadable(event: EventType, datums: list[bytes], start: int, stop: int) -> list[int]:
    """Places of the unreadable datums within [start, stop), by halving until each stands alone."""
    if start == stop:
        return []
    try:
        _to_arrow(event, datums[start:stop])
    except UnreadableError:
        if stop - start == 1:
            return [start]
        middle = (start + stop) // 2
        return _unreadable(event, datums, start, middle) + _unreadable(event, datums, middle, stop)
    return []


def _of_older_writers(
    event: EventType, frames: Sequence[bytes | None], registry: Registry
) -> dict[int, bytes]:
    """The canonical datum of each row that an older writer wrote, all of a writer at once.

    One by one they cost ten times as much, and for weeks after a change most are of that kind. Rows that are
    missing need it.
    """
    found: dict[int, bytes] = {}
    for writer in registry.writers.values():
        begins = frame(writer.id, b"")
        if writer.event != event.name or writer.id == registry.current_id[event.name]:
            continue
        written = {row: v[FRAME_BYTES:] for row, v in enumerate(frames) if v and v[:FRAME_BYTES] == begins}
        read = _read(writer.wrote, list(written), list(written.values()), {})
        found |= zip(read.rows, _rewritten(event, read.batch), strict=False)
    return found


def _rewritten(event: EventType, batch: pa.RecordBatch) -> list[bytes]:
    """The datums of a batch of an older schema in that of an event type; none of them where more is different
    than that it lacks fields which may be null."""
    had = dict(zip(batch.schema.names, batch.columns, strict=True))
    columns = []
    for column, kind in zip(event.columns, _to_arrow(event, []).schema.types, strict=True):
        values = had[column.name] if column.name in had else pa.nulls(batch.num_rows, kind)
        if values.type != kind or (values.null_count and not column.nullable):
            return []
        columns.append(values)
    if not batch.num_rows:
        return []
    names = [column.name for column in event.columns]
    return _written(event, pa.RecordBatch.from_arrays(columns, names=names))


def _written(event: EventType, batch: pa.RecordBatch) -> list[bytes]:
    """The datum of each row of a batch, which has one."""
    (datums,) = pyruhvro.serialize_record_batch(batch, event.schema_json, 1)
    return cast(list[bytes], datums.to_pylist())


def _translate(event: EventType, value: bytes | None, registry: Registry) -> tuple[bytes, str | None]:
    """The canonical datum of a frame that the current schema did not write, or why there is none."""
    if not value:
        return b"", "empty_value"
    if len(value) < FRAME_BYTES or value[:1] != MAGIC:
        return b"", "unframed"
    writer = registry.writers.get(int.from_bytes(value[1:FRAME_BYTES], "big"))
    if writer is None:
        return b"", "unknown_schema"
    if writer.event != event.name:
        return b"", "wrong_event"
    try:
        return encode_datum(event, read_datum(event, writer, value[FRAME_BYTES:])), None
    except Exception:  # fastavro raises whatever the bytes lead it to
        return b"", "malformed"


def read_datum(event: EventType, writer: Writer, datum: bytes) -> Record:
    """One datum by fastavro, resolved from its writer's schema to the current one; `event_time` in ms.

    Raises ValueError when bytes are left over or a number has more bits than its type, all of which fastavro
    reads, and what fastavro raises when the datum cannot be read.
    """
    source = io.BytesIO(datum)
    wrote, reads = _parsed(writer.wrote.schema_json), _parsed(event.schema_json)
    record = cast(Record, fastavro.schemaless_reader(source, wrote, reads))
    if source.tell() != len(datum):
        raise ValueError(f"{len(datum) - source.tell()} bytes are left over behind the datum")
    for column in writer.wrote.columns:
        far, number = _FAR.get(column.avro), record.get(column.name) or 0
        if far and not -far <= number < far:
            raise ValueError(f"{column.name} is {number}, which is no {column.avro}")
    return record


@lru_cache(maxsize=256)
def _parsed(schema_json: str) -> Any:
    schema = json.loads(schema_json)
    fields = [{**field, "type": plain_type(field["type"])} for field in schema["fields"]]
    return fastavro.parse_schema({**schema, "fields": fields})


def plain_type(avro: Any) -> Any:
    """A field's type without its logical type, so that a time stays an integer of milliseconds."""
    if isinstance(avro, list):
        return [plain_type(branch) for branch in avro]
    return avro["type"] if isinstance(avro, dict) else avro
