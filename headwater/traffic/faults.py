"""The catalogue of what can be wrong with an event, and what should become of each.

Live streams are never clean, so the traffic is not either: each kind is declared with its outcome, which
makes the ground truth of a run exact.
"""

from __future__ import annotations

import io
from random import Random
from typing import Any

import fastavro

from headwater.traffic.fault import Fault, of_bytes, of_fields
from headwater.traffic.message import Message, message
from headwater.traffic.population import pick
from headwater.traffic.typed_faults import TYPED
from schemas.codec import FRAME_BYTES, Record, frame
from schemas.events import EVENT_NAMES, EVENTS
from schemas.registry import EMBEDDED
from schemas.topics import HOUR_MS, LATENESS_HORIZON_MS, MIB, MINUTE_MS

UNKNOWN_SCHEMA_ID = 999_999


def _sound(m: Message) -> bytes:
    assert m.value is not None
    return m.value


def _garbage(rng: Random, _: Message) -> bytes:
    return bytes([rng.randint(1, 255)]) + rng.randbytes(rng.randint(0, 200))


def _truncated(rng: Random, m: Message) -> bytes:
    return _sound(m)[: rng.randrange(FRAME_BYTES, len(_sound(m)))]


def _wrong_event(rng: Random, m: Message) -> bytes:
    other = pick(rng, [e for e in EVENT_NAMES if e != m.event])
    return frame(EMBEDDED.current_id[other], _sound(m)[FRAME_BYTES:])


def _wrong_type(_: Random, m: Message) -> bytes:
    """The length of a bare string stands where the branch of a union should, and there is no such branch."""
    out = io.BytesIO()
    fastavro.schemaless_writer(out, _BARE_DEVICE_TYPE[m.event], m.record)
    return _sound(m)[:FRAME_BYTES] + out.getvalue()


def _bare_device_type(event: str) -> Any:
    schema = EVENTS[event].schema
    fields = [{"name": f["name"], "type": f["type"]} for f in schema["fields"]]
    bare = [{**f, "type": "string"} if f["name"] == "device_type" else f for f in fields]
    return fastavro.parse_schema({"type": "record", "name": "Bare", "fields": bare})


_BARE_DEVICE_TYPE = {event: _bare_device_type(event) for event in EVENT_NAMES}


def _oversize(_: Random, m: Message) -> bytes | None:
    return message(m.event, {**m.record, "session_id": "s" * MIB}, m.due_ms).value


_REQUIRED = {
    "event_id": "event_id_present",
    "member_id": "member_id_present",
    "session_id": "session_and_device_present",
    "device_id": "session_and_device_present",
    "title_id": "title_id_present",
    "query": "query_present",
    "country": "country_iso",
}


def _missing_field(rng: Random, _: str, record: Record) -> Record:
    column = pick(rng, [c for c in _REQUIRED if c in record])
    return {column: None if column == "country" else ""}


def _earlier(record: Record, by_ms: int) -> Record:
    return {"event_time": record["event_time"] - by_ms}


CATALOGUE: tuple[Fault, ...] = (
    *TYPED,
    of_bytes("garbage", "unframed", "random bytes", _garbage),
    of_bytes("truncated", "malformed", "the end of the datum is cut off", _truncated),
    of_bytes(
        "trailing_bytes", "malformed", "bytes are left over", lambda rng, m: _sound(m) + rng.randbytes(3)
    ),
    of_bytes(
        "unknown_schema_id",
        "unknown_schema",
        f"the frame names schema {UNKNOWN_SCHEMA_ID}",
        lambda _, m: frame(UNKNOWN_SCHEMA_ID, _sound(m)[FRAME_BYTES:]),
    ),
    of_bytes("wrong_event", "wrong_event", "the frame names the schema of another event type", _wrong_event),
    of_bytes("empty_value", "empty_value", "a value of no bytes", lambda *_: b""),
    of_bytes("null_value", "empty_value", "a tombstone", lambda *_: None),
    of_bytes("oversize", "oversize", "a value of 1 MiB", _oversize),
    of_bytes("wrong_type", "malformed", "device_type is written as a bare string", _wrong_type),
    of_fields(
        "event_time_in_seconds",
        ("event_time_in_milliseconds",),
        "event_time is in seconds",
        lambda _, __, r: {"event_time": r["event_time"] // 1000},
    ),
    of_fields(
        "from_the_future",
        ("not_from_the_future",),
        "event_time is an hour ahead",
        lambda _, __, r: _earlier(r, -HOUR_MS),
    ),
    of_fields(
        "missing_field",
        (*_REQUIRED.values(), "title_in_catalogue"),
        "a required text is empty, or the country null",
        _missing_field,
    ),
    of_fields(
        "bad_country",
        ("country_iso",),
        "country is no ISO 3166-1 alpha-2 code",
        lambda rng, _, r: {"country": pick(rng, ("XX1", r["country"].lower()))},
    ),
    of_fields(
        "bad_device_type", ("device_type_known",), "an unknown device", lambda *_: {"device_type": "toaster"}
    ),
    of_fields(
        "offset_in_seconds",
        ("utc_offset_in_range",),
        "the offset from UTC is in seconds",
        lambda _, __, r: {"utc_offset_min": 60 * (r["utc_offset_min"] or 330)},
        outcome="valid",
    ),
    of_fields(
        "late",
        (),
        "event_time is before the lateness horizon",
        lambda rng, _, r: _earlier(r, LATENESS_HORIZON_MS + rng.randint(1, 24 * 60) * MINUTE_MS),
        outcome="late",
    ),
    of_fields(
        "out_of_order",
        (),
        "event_time is up to five minutes back",
        lambda rng, _, r: _earlier(r, rng.randint(1, 5 * MINUTE_MS)),
        outcome="valid",
    ),
    Fault("null_key", "no Kafka key", "quarantined", lambda _, m: m._replace(key=None), ("null_key",)),
    Fault(
        "duplicate",
        "the same bytes again, up to a second later",
        "duplicate",
        lambda rng, m: m._replace(due_ms=m.due_ms + rng.randint(1, 1_000)),
    ),
)
