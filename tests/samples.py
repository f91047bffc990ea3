"""Random events for the tests: any record that its schema allows, whatever the rules say of it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from schemas.codec import encode
from schemas.events import EVENTS

Records = st.SearchStrategy[dict[str, Any]]

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(max_size=8) | st.sampled_from(["x" * 64, "é" * 65]),
    "long": st.integers(-(2**63), 2**63 - 1),
    "int": st.integers(-(2**31), 2**31 - 1),
    "boolean": st.booleans(),
    "double": st.floats(allow_nan=False),
}

SOUND: dict[str, Any] = {
    "event_id": "e1",
    "event_time": 1_780_000_000_000,
    "member_id": "m1",
    "profile_id": "p1",
    "session_id": "s1",
    "device_id": "d1",
    "device_type": "tv",
    "country": "BR",
    "app_version": "8.12.0",
    "utc_offset_min": -180,
    "title_id": "t1",
    "position_ms": 0,
    "runtime_ms": 5_400_000,
    "row": 0,
    "rank": 0,
    "autoplay": False,
    "query": "heist",
    "results": 3,
    "dwell_ms": 900,
    "artwork_id": "a1",
    "artwork": "face",
    "artwork_propensity": 0.7,
    "stars": 4,
    "from_ms": 60_000,
    "to_ms": 30_000,
    "kind": "rewind",
    "page": "home",
    "throughput_kbps": 9_000,
    "bitrate_kbps": 5_800,
    "rebuffers": 1,
    "rebuffer_ms": 1_200,
    "dropped_frames": 3,
    "error_code": None,
    "anomaly": 0.7,
    "taste_number": 3,
    "taste": "crime, drama",
    "churn_risk": 0.1,
}


def records(event: str) -> Records:
    """Any record of an event type."""
    return st.fixed_dictionaries(
        {c.name: st.none() | VALUES[c.avro] if c.nullable else VALUES[c.avro] for c in EVENTS[event].columns}
    )


def sound(event: str, **changes: Any) -> dict[str, Any]:
    """A record that breaks no rule when it is ingested at its event time, and then some changes."""
    return {c.name: SOUND[c.name] for c in EVENTS[event].columns} | changes


def frames(event: str) -> st.SearchStrategy[bytes | None]:
    """What a topic may hold: sound frames, any record, spoilt frames, any bytes, nothing."""
    good = st.sampled_from([encode(event, sound(event)), encode(event, sound(event, app_version="nightly"))])
    of_any = records(event).map(lambda record: encode(event, record))
    return st.none() | st.binary(max_size=60) | good | of_any | good.flatmap(spoilt)


@st.composite
def spoilt(draw: st.DrawFn, value: bytes) -> bytes:
    """Bytes with one to three of them flipped, inserted or deleted."""
    changed = bytearray(value)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(0, len(changed) - 1)))
        width = draw(st.integers(0, 2))
        changed[at : at + width] = draw(st.binary(max_size=2))
    return bytes(changed)


@st.composite
def overgrown(draw: st.DrawFn, datum: bytes) -> bytes:
    """Bytes of which the last of a long varint is another: the number may have more bits than its type."""
    ends = [i for i in range(4, len(datum)) if datum[i] < 128 and min(datum[i - 4 : i]) >= 128]
    changed = bytearray(datum)
    if ends:
        changed[draw(st.sampled_from(ends))] = draw(st.integers(0, 127))
    return bytes(changed)
