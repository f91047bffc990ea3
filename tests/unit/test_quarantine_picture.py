"""One record in full: read as far as it goes, with the rules that it fails."""

from __future__ import annotations

import io
import json
from random import Random
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.quarantine.hexdump import hexdump
from headwater.quarantine.picture import picture
from headwater.traffic.faults import CATALOGUE
from headwater.traffic.message import message
from schemas.codec import FRAME_BYTES, decode_batch, encode, frame
from schemas.events import EVENT_NAMES, EVENTS
from schemas.partial import read_partly
from schemas.registry import EMBEDDED
from tests.quarantine import quarantined
from tests.samples import SOUND, frames, records, sound
from validators import ruleset
from validators.explain import explain
from validators.titles import Told

pytestmark = pytest.mark.unit
RULES = ruleset.load()
NOW_MS: int = SOUND["event_time"]

OF_ANY = st.sampled_from(EVENT_NAMES)


@given(OF_ANY.flatmap(lambda event: st.tuples(st.just(event), records(event))))
def test_a_sound_frame_is_read_whole(made: tuple[str, dict[str, Any]]) -> None:
    event, record = made
    reading = read_partly(encode(event, record))
    assert reading.fields == record
    assert reading.problem is None
    assert reading.writer == EMBEDDED.writers[EMBEDDED.current_id[event]]


@given(OF_ANY.flatmap(lambda event: st.tuples(records(event), st.just(event))), st.data())
def test_a_cut_frame_is_read_up_to_the_cut(made: tuple[dict[str, Any], str], data: st.DataObject) -> None:
    record, event = made
    whole = encode(event, record)
    cut = data.draw(st.integers(FRAME_BYTES, len(whole) - 1))
    reading = read_partly(whole[:cut])
    assert reading.problem
    names = [column.name for column in EVENTS[event].columns]
    read = len(reading.fields)
    assert reading.fields == {name: record[name] for name in names[:read]}
    # The next field begins where those before it end, and is the one that is named.
    begins = len(whole) - len(_rest(event, record, read))
    assert begins <= cut
    assert reading.problem.startswith(f"{names[read]}, at byte {begins}: ")


def _rest(event: str, record: dict[str, Any], read: int) -> bytes:
    """The bytes of the fields from one on, each encoded in a schema of its own."""
    out = io.BytesIO()
    for column in EVENTS[event].columns[read:]:
        avro = ["null", column.avro] if column.nullable else column.avro
        fastavro.schemaless_writer(out, fastavro.parse_schema(avro), record[column.name])
    return out.getvalue()


@given(OF_ANY.flatmap(lambda event: st.tuples(st.just(event), frames(event))))
def test_any_bytes_make_a_picture(made: tuple[str, bytes | None]) -> None:
    event, value = made
    told = picture(quarantined(event, 0, 0, ("x",), value), False, RULES)
    json.dumps(told)
    reasons = decode_batch(EVENTS[event], [value]).reasons
    assert told["unreadable"] == reasons.get(0)
    if told["unreadable"]:
        assert told["failures"] == []
    else:
        assert told["stopped"] is None


@pytest.mark.parametrize("fault", [f for f in CATALOGUE if f.reasons], ids=lambda f: f.name)
def test_every_fault_is_explained(fault: Any) -> None:
    event = fault.on[0]
    record = sound(event)
    spoilt = fault.spoil(Random(3), message(event, record, NOW_MS))
    held = quarantined(event, 0, 0, fault.reasons, spoilt.value, time_ms=NOW_MS)
    told = picture(held, False, RULES, {"t1": Told(record.get("runtime_ms", 0))})
    found = {told["unreadable"], *(f["rule"] for f in told["failures"])}
    if fault.name not in ("null_key", "oversize"):  # which the gate finds without reading the value
        assert found & set(fault.reasons)
    if told["unreadable"] == "malformed":
        assert told["stopped"]
        assert told["fields"]["event_id"] == "e1" or fault.name == "truncated"


def test_a_failure_names_what_the_rule_reads() -> None:
    value = encode("hover", sound("hover", dwell_ms=-4, event_time=NOW_MS + 60_001))
    told = picture(quarantined("hover", 0, 0, ("dwell_in_range",), value, time_ms=NOW_MS), True, RULES)
    values = {f["rule"]: f["values"] for f in told["failures"]}
    assert values == {"not_from_the_future": {"event_age_ms": -60_001}, "dwell_in_range": {"dwell_ms": -4}}
    (dwell,) = (f for f in told["failures"] if f["rule"] == "dwell_in_range")
    (rule,) = (r for r in RULES.rules["hover"] if r.name == "dwell_in_range")
    assert (dwell["expect"], dwell["why"]) == (rule.expect, rule.why)
    assert told["replayed"]
    assert told["judged_by"] == RULES.hash


def test_fields_are_those_of_the_schema_that_wrote_them() -> None:
    """The topic is of plays, the frame names a search: it can be read, though not by the gate."""
    told = picture(
        quarantined("play", 0, 0, ("wrong_event",), encode("search", sound("search"))), False, RULES
    )
    assert (told["unreadable"], told["schema"], told["stopped"]) == ("wrong_event", "search 2", None)
    assert told["fields"]["query"] == "heist"


def test_explain_tells_of_no_sound_event() -> None:
    found = explain("play", encode("play", sound("play")), NOW_MS, RULES)
    assert (found.reason, found.failures) == (None, ())


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "there are no bytes"),
        (b"", "there are no bytes"),
        (b"\x00\x00", "does not begin with a frame"),
        (frame(999_999, b""), "schema id 999999 is not registered"),
        (encode("play", sound("play")) + b"abc", "3 bytes are left over"),
    ],
)
def test_why_a_frame_cannot_be_read_is_told(value: bytes | None, told: str) -> None:
    assert told in str(read_partly(value, EMBEDDED).problem)


@given(st.binary(max_size=700))
def test_a_dump_has_the_bytes(value: bytes) -> None:
    rows = hexdump(value).splitlines()
    assert len(rows) <= 16 + 4 + 1
    shown = {int(r[:8], 16): bytes.fromhex(r[10:57].strip()) for r in rows if not r.startswith(" ")}
    assert all(value[at : at + 16] == row for at, row in shown.items())
    cut = [int(r.split()[1].replace(",", "")) for r in rows if r.startswith(" ")]
    assert sum(map(len, shown.values())) + sum(cut) == len(value)
