"""The laws of the codec: Rust and fastavro agree on every byte, and no bytes raise."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import Record, decode_batch, encode, encode_datum, frame, read_datum
from schemas.events import EVENT_NAMES, EVENTS, EventType
from schemas.registry import EMBEDDED, Registry, Writer
from tests.samples import frames, overgrown, records, sound, spoilt

pytestmark = pytest.mark.unit

events = pytest.mark.parametrize("event", EVENT_NAMES)
ID = EMBEDDED.current_id
#: A field of every event, in the middle of a datum, that the older writer of these tests did not know.
ADDED = "country"


def older() -> Registry:
    """The embedded registry, and for each event a version 0 (ids from 100) without ADDED."""
    old = {
        100 + w.id: Writer(
            100 + w.id,
            w.event,
            0,
            w.schema | {"fields": [f for f in w.schema["fields"] if f["name"] != ADDED]},
        )
        for w in EMBEDDED.writers.values()
    }
    return replace(EMBEDDED, writers={**EMBEDDED.writers, **old})


def rows_of(batch: pa.RecordBatch) -> list[Record]:
    table = pa.Table.from_batches([batch])
    at = table.schema.get_field_index("event_time")
    rows: list[Record] = table.set_column(at, "event_time", table["event_time"].cast(pa.int64())).to_pylist()
    return rows


def is_canonical(event: str, datum: bytes) -> bool:
    """Whether fastavro reads the whole of a datum, each number is of its type, and it would write it so."""
    try:
        record = read_datum(EVENTS[event], EMBEDDED.writers[ID[event]], datum)
    except Exception:
        return False
    return fits(EVENTS[event], record) and encode_datum(EVENTS[event], record) == datum


def fits(wrote: EventType, record: Record) -> bool:
    """Whether each int and long is one. Of others fastavro keeps all digits and Rust the lower bits."""
    bits = {"int": 31, "long": 63}
    whole = [(record.get(c.name) or 0, 2 ** bits[c.avro]) for c in wrote.columns if c.avro in bits]
    return all(-most <= number < most for number, most in whole)


@events
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_records_come_back_in_order_by_both_readers(event: str, data: st.DataObject) -> None:
    written = data.draw(st.lists(records(event), min_size=1, max_size=5))
    values = [encode(event, record) for record in written]
    decoded = decode_batch(EVENTS[event], values)
    assert (decoded.rows, decoded.reasons) == (list(range(len(values))), {})
    assert decoded.datums == [value[5:] for value in values]
    assert rows_of(decoded.batch) == written
    assert [read_datum(EVENTS[event], EMBEDDED.writers[ID[event]], d) for d in decoded.datums] == written


@events
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_a_datum_is_accepted_if_and_only_if_fastavro_would_write_it_so(
    event: str, data: st.DataObject
) -> None:
    whole = records(event).map(lambda record: encode_datum(EVENTS[event], record))
    one = st.binary(max_size=90) | whole | whole.flatmap(spoilt) | whole.flatmap(overgrown)
    datums = data.draw(st.lists(one, max_size=6))
    decoded = decode_batch(EVENTS[event], [frame(ID[event], datum) for datum in datums])
    assert decoded.rows == [i for i, datum in enumerate(datums) if is_canonical(event, datum)]
    assert set(decoded.reasons.values()) <= {"malformed"}


@events
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_every_frame_is_a_row_or_a_reason_and_rows_keep_their_order(event: str, data: st.DataObject) -> None:
    values = data.draw(st.lists(frames(event), max_size=12))
    decoded = decode_batch(EVENTS[event], values)
    assert decoded.rows == sorted(set(range(len(values))) - decoded.reasons.keys())
    assert len(decoded.datums) == decoded.batch.num_rows == len(decoded.rows)
    assert [values[i] for i in decoded.rows] == [frame(ID[event], datum) for datum in decoded.datums]


DATUM = encode_datum(EVENTS["search"], sound("search"))
PLAY = encode_datum(EVENTS["play"], sound("play"))
TIME = encode_datum(EVENTS["search"], sound("search", event_id=""))[1:7]
UNREADABLE = {
    "trailing": DATUM + b"\0",
    "cut": DATUM[:-1],
    "not UTF-8": DATUM.replace(b"heist", b"he\xffst"),
    "overlong varint": DATUM[:-1] + bytes([DATUM[-1] | 0x80, 0]),
    "int beyond 32 bits": DATUM[:-1] + b"\xff\xff\xff\xff\x7f",
    # Rust keeps the lower bits of both, and they are as long as these.
    "int of 33 bits": DATUM[:-1] + b"\xff\xff\xff\xff\x10",
    "long of 65 bits": DATUM.replace(TIME, b"\xff" * 9 + b"\x03"),
    "negative length": b"\x01" + DATUM[1:],
    "no such union branch": DATUM.replace(b"\x02\x04tv", b"\x04\x04tv"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_datum_that_others_would_read_otherwise_is_malformed(name: str) -> None:
    datum = UNREADABLE[name]
    assert datum != DATUM
    good = encode("search", sound("search"))
    decoded = decode_batch(EVENTS["search"], [good, frame(ID["search"], datum), good])
    assert (decoded.reasons, decoded.rows) == ({1: "malformed"}, [0, 2])


def test_a_boolean_is_one_or_zero() -> None:
    assert PLAY[-1] == 0
    values = [frame(ID["play"], PLAY[:-1] + bytes([last])) for last in range(256)]
    assert decode_batch(EVENTS["play"], values).rows == [0, 1]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "empty_value"),
        (b"", "empty_value"),
        (b"\0\0\0\0", "unframed"),
        (b'{"event_id": "e1"}', "unframed"),
        (frame(99, DATUM), "unknown_schema"),
        (frame(ID["hover"], DATUM), "wrong_event"),
        (frame(ID["search"], DATUM[:-1]), "malformed"),
        (frame(100 + ID["search"], DATUM[:-1]), "malformed"),
        (frame(100 + ID["hover"], DATUM), "wrong_event"),
    ],
)
def test_every_reason_is_told_for_its_row(value: bytes | None, reason: str) -> None:
    decoded = decode_batch(EVENTS["search"], [value], older())
    assert (decoded.reasons, decoded.rows, decoded.batch.num_rows) == ({0: reason}, [], 0)


@events
def test_the_frames_of_another_event_are_wrong(event: str) -> None:
    others = [encode(other, sound(other)) for other in EVENT_NAMES if other != event]
    assert list(decode_batch(EVENTS[event], others).reasons.values()) == ["wrong_event"] * len(others)


@events
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_an_older_writer_wrote_is_translated(event: str, data: st.DataObject) -> None:
    registry = older()
    record = data.draw(records(event))
    writer = registry.writers[100 + ID[event]]
    known = {name: value for name, value in record.items() if name != ADDED}
    datum = encode_datum(replace(EVENTS[event], schema=writer.schema), known)
    now = record | {ADDED: None}
    decoded = decode_batch(
        EVENTS[event],
        [encode(event, record), frame(writer.id, datum), b"", frame(writer.id, datum + b"x")],
        registry,
    )
    assert decoded.reasons == {2: "empty_value", 3: "malformed"}
    assert rows_of(decoded.batch) == [record, now]
    assert decoded.datums[1] == encode_datum(EVENTS[event], now)


@events
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_older_writers_wrote_together_is_what_fastavro_makes_of_each(
    event: str, data: st.DataObject
) -> None:
    """Sound or spoilt, of two older writers, in any order, beside what the current one wrote."""
    registry, now = older(), encode(event, sound(event))
    writers = [w for w in registry.writers.values() if w.event == event and w.id != ID[event]]
    values: list[bytes] = []
    for writer in data.draw(st.lists(st.sampled_from(writers), max_size=8)):
        known = {column.name for column in writer.wrote.columns}
        record = {name: v for name, v in data.draw(records(event)).items() if name in known}
        datum = st.just(encode_datum(writer.wrote, record))
        odd = datum.flatmap(spoilt) | datum.flatmap(overgrown)
        values.append(frame(writer.id, data.draw(datum | odd)))
        values += data.draw(st.sampled_from([[], [now]]))
    decoded = decode_batch(EVENTS[event], values, registry)
    alone = {row: one_by_one(event, value, registry) for row, value in enumerate(values)}
    assert dict(zip(decoded.rows, decoded.datums, strict=True)) == {
        row: datum for row, datum in alone.items() if datum is not None
    }


def one_by_one(event: str, value: bytes, registry: Registry) -> bytes | None:
    """The current datum of a frame; None where it cannot be read."""
    writer, datum = registry.writers[int.from_bytes(value[1:5])], value[5:]
    try:
        record = read_datum(EVENTS[event], writer, datum)
        return encode_datum(EVENTS[event], record) if fits(writer.wrote, record) else None
    except Exception:
        return None


def test_a_field_of_another_type_is_translated_one_by_one() -> None:
    """Avro promotes an int to a long; the batch of an older writer is passed on only where nothing is."""
    fields = [f | {"type": "int"} if f["name"] == "dwell_ms" else f for f in EVENTS["hover"].schema["fields"]]
    writer = Writer(99, "hover", 0, EVENTS["hover"].schema | {"fields": fields})
    registry = replace(EMBEDDED, writers={**EMBEDDED.writers, 99: writer})
    value = frame(99, encode_datum(writer.wrote, sound("hover")))
    decoded = decode_batch(EVENTS["hover"], [value], registry)
    assert decoded.datums == [encode_datum(EVENTS["hover"], sound("hover"))]


def test_a_number_that_was_no_int_is_none_where_the_field_is_a_long() -> None:
    fields = [f | {"type": "int"} if f["name"] == "dwell_ms" else f for f in EVENTS["hover"].schema["fields"]]
    writer = Writer(99, "hover", 0, EVENTS["hover"].schema | {"fields": fields})
    registry = replace(EMBEDDED, writers={**EMBEDDED.writers, 99: writer})
    value = frame(99, encode_datum(EVENTS["hover"], sound("hover", dwell_ms=2**31)))
    assert decode_batch(EVENTS["hover"], [value], registry).reasons == {0: "malformed"}


@events
def test_no_frames_give_no_rows_of_the_right_shape(event: str) -> None:
    decoded = decode_batch(EVENTS[event], [])
    assert decoded.batch.schema.names == [c.name for c in EVENTS[event].columns]
    assert decoded.batch.num_rows == 0
