"""A frame read field by field, as far as it goes: for people who look at what a decoder has refused."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import fastavro

from schemas.codec import FRAME_BYTES, MAGIC, plain_type
from schemas.registry import EMBEDDED, Registry, Writer


@dataclass(frozen=True)
class Reading:
    """The schema that a frame names, the fields that could be read, as its writer named them and times in
    milliseconds, and why there are no more; a sound frame has no `problem`."""

    writer: Writer | None
    fields: dict[str, Any]
    problem: str | None


def read_partly(value: bytes | None, registry: Registry = EMBEDDED) -> Reading:
    """What a frame says up to the byte that makes no sense. Holds for any bytes.

    >>> from schemas.codec import frame
    >>> read_partly(frame(3, b"\\x04e1" + b"\\x02")).fields
    {'event_id': 'e1', 'event_time': 1}
    """
    if not value:
        return Reading(None, {}, "there are no bytes")
    if len(value) < FRAME_BYTES or value[:1] != MAGIC:
        return Reading(None, {}, "it does not begin with a frame: 0x00 and a schema id of 4 bytes")
    schema_id = int.from_bytes(value[1:FRAME_BYTES], "big")
    writer = registry.writers.get(schema_id)
    if writer is None:
        return Reading(None, {}, f"schema id {schema_id} is not registered")
    return _read(writer, value[FRAME_BYTES:])


def _read(writer: Writer, datum: bytes) -> Reading:
    source = io.BytesIO(datum)
    fields: dict[str, Any] = {}
    for field in writer.schema["fields"]:
        began = source.tell()
        try:
            fields[field["name"]] = fastavro.schemaless_reader(source, plain_type(field["type"]), None)
        except Exception as error:  # fastavro raises whatever the bytes lead it to
            told = str(error) or type(error).__name__
            return Reading(writer, fields, f"{field['name']}, at byte {FRAME_BYTES + began}: {told}")
    left = len(datum) - source.tell()
    return Reading(writer, fields, f"{left} bytes are left over behind the last field" if left else None)
