"""The shipped rules as somebody would write them by hand: one event at a time, by fastavro and plain ifs."""

from __future__ import annotations

import io
import json
import re
from typing import Any, cast

import fastavro

from schemas.events import EVENTS
from schemas.registry import EMBEDDED
from schemas.topics import FUTURE_TOLERANCE_MS, LATENESS_HORIZON_MS

Record = dict[str, Any]

_COUNTRY = re.compile("[A-Z]{2}")
_VERSION = re.compile("[0-9]+[.][0-9]+([.][0-9]+)?")
_DEVICES = frozenset({"tv", "phone", "tablet", "web"})


def _parsed(schema: dict[str, Any]) -> Any:
    """Without logical types: fastavro would make a datetime of each time."""
    plain = json.loads(json.dumps(schema), object_hook=lambda o: "long" if "logicalType" in o else o)
    return fastavro.parse_schema(plain)


_SCHEMAS = {event: _parsed(of.schema) for event, of in EVENTS.items()}
_FRAMES = {event: b"\x00" + EMBEDDED.current_id[event].to_bytes(4, "big") for event in EVENTS}


def judged(event: str, value: bytes | None, ingestion_ms: int) -> tuple[str, list[str], Record | None]:
    """Verdict (but for duplicates), reasons, and the record unless it cannot be read."""
    if not value:
        return "rejected", ["empty_value"], None
    if value[:5] != _FRAMES[event]:
        return "rejected", [_misframed(value)], None
    try:
        record = read(event, value)
    except Exception:  # fastavro raises whatever the bytes lead it to
        return "rejected", ["malformed"], None
    reasons = _broken(event, record, ingestion_ms)
    if reasons:
        return "rejected", reasons, record
    if ingestion_ms - record["event_time"] > LATENESS_HORIZON_MS:
        return "late", [], record
    warnings = _doubtful(record)
    return "warned" if warnings else "valid", warnings, record


def read(event: str, value: bytes) -> Record:
    """The record in a frame. Raises ValueError when bytes are left over, and whatever fastavro raises."""
    source = io.BytesIO(value)
    source.seek(5)
    record = cast(Record, fastavro.schemaless_reader(source, _SCHEMAS[event], None))
    if source.tell() != len(value):
        raise ValueError("bytes are left over")
    return record


def _misframed(value: bytes) -> str:
    if len(value) < 5 or value[:1] != b"\x00":
        return "unframed"
    known = int.from_bytes(value[1:5], "big") in EMBEDDED.writers
    return "wrong_event" if known else "unknown_schema"


def _doubtful(r: Record) -> list[str]:
    doubtful = []
    if not _VERSION.fullmatch(r["app_version"] or ""):
        doubtful.append("app_version_shape")
    if r["utc_offset_min"] is not None and not -720 <= r["utc_offset_min"] <= 840:
        doubtful.append("utc_offset_in_range")
    return doubtful


def _broken(event: str, r: Record, ingestion_ms: int) -> list[str]:
    broken = []
    if not 1 <= len(r["event_id"]) <= 64:
        broken.append("event_id_present")
    if not 1 <= len(r["member_id"]) <= 64:
        broken.append("member_id_present")
    if not (1 <= len(r["session_id"]) <= 64 and 1 <= len(r["device_id"]) <= 64):
        broken.append("session_and_device_present")
    if r["event_time"] < 1_577_836_800_000:
        broken.append("event_time_in_milliseconds")
    if ingestion_ms - r["event_time"] < -FUTURE_TOLERANCE_MS:
        broken.append("not_from_the_future")
    if r["country"] is None or not _COUNTRY.fullmatch(r["country"]):
        broken.append("country_iso")
    if r["device_type"] not in _DEVICES:
        broken.append("device_type_known")
    if event != "search" and not 1 <= len(r["title_id"]) <= 64:
        broken.append("title_id_present")
    if event in ("play", "pause"):
        if not 60_000 <= r["runtime_ms"] <= 86_400_000:
            broken.append("runtime_in_milliseconds")
        if not 0 <= r["position_ms"] <= r["runtime_ms"]:
            broken.append("position_within_runtime")
    if event in ("play", "hover") and not (r["row"] is None and r["rank"] is None):
        row, rank = r["row"], r["rank"]
        if row is None or rank is None or not (0 <= row <= 200 and 0 <= rank <= 200):
            broken.append("row_and_rank_in_page")
    if event == "hover" and not 0 <= r["dwell_ms"] <= 600_000:
        broken.append("dwell_in_range")
    if event == "search":
        if not 1 <= len(r["query"]) <= 200:
            broken.append("query_present")
        if not 0 <= r["results"] <= 10_000:
            broken.append("results_in_range")
    return broken
