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
    warnings = _doubtful(event, record)
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


def _doubtful(event: str, r: Record) -> list[str]:
    doubtful = []
    if not _VERSION.fullmatch(r["app_version"] or ""):
        doubtful.append("app_version_shape")
    if r["utc_offset_min"] is not None and not -720 <= r["utc_offset_min"] <= 840:
        doubtful.append("utc_offset_in_range")
    if event == "hover" and r["artwork"] not in (None, "face", "action", "place", "text"):
        doubtful.append("artwork_known")
    if event == "seek" and r["to_ms"] == r["from_ms"]:
        doubtful.append("seek_moves")
    if event == "impression" and r["page"] not in ("home", "search", "title"):
        doubtful.append("page_known")
    if event == "playback_health" and r["rebuffer_ms"] > 0 and not r["rebuffers"] > 0:
        doubtful.append("waits_counted")
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
    if "title_id" in r and not 1 <= len(r["title_id"]) <= 64:
        broken.append("title_id_present")
    if "runtime_ms" in r and not 60_000 <= r["runtime_ms"] <= 86_400_000:
        broken.append("runtime_in_milliseconds")
    if event in ("play", "pause") and not 0 <= r["position_ms"] <= r["runtime_ms"]:
        broken.append("position_within_runtime")
    if "rank" in r and not (r["row"] is None and r["rank"] is None):
        row, rank = r["row"], r["rank"]
        if row is None or rank is None or not (0 <= row <= 200 and 0 <= rank <= 200):
            broken.append("row_and_rank_in_page")
    if event == "hover" and not 0 <= r["dwell_ms"] <= 600_000:
        broken.append("dwell_in_range")
    if event == "hover":
        broken += _broken_artwork(r)
    if event == "search":
        if not 1 <= len(r["query"]) <= 200:
            broken.append("query_present")
        if not 0 <= r["results"] <= 10_000:
            broken.append("results_in_range")
    if event == "rating" and not 1 <= r["stars"] <= 5:
        broken.append("stars_in_range")
    if event == "impression" and (r["row"] is None or r["rank"] is None):
        broken.append("place_told")
    if event == "seek":
        broken += _broken_seek(r)
    if event == "member_score":
        broken += _broken_score(r)
    if event == "playback_health":
        broken += _broken_health(r)
    return broken


def _broken_artwork(r: Record) -> list[str]:
    broken, propensity = [], r["artwork_propensity"]
    if propensity is not None and not 0 < propensity <= 1:
        broken.append("artwork_propensity_in_range")
    if (r["artwork"] is None) != (propensity is None):
        broken.append("artwork_with_its_propensity")
    return broken


def _broken_seek(r: Record) -> list[str]:
    broken = []
    if not (0 <= r["from_ms"] <= r["runtime_ms"] and 0 <= r["to_ms"] <= r["runtime_ms"]):
        broken.append("seek_within_runtime")
    if r["kind"] not in ("skip", "rewind", "fast_forward"):
        broken.append("seek_kind_known")
    if r["kind"] == "rewind" and r["to_ms"] > r["from_ms"]:
        broken.append("rewind_goes_back")
    if r["kind"] == "fast_forward" and r["to_ms"] < r["from_ms"]:
        broken.append("fast_forward_goes_on")
    return broken


def _broken_score(r: Record) -> list[str]:
    broken = []
    if r["anomaly"] is None and r["taste_number"] is None and r["churn_risk"] is None:
        broken.append("score_told")
    broken += [
        f"{of}_in_range" for of in ("anomaly", "churn_risk") if r[of] is not None and not 0 <= r[of] <= 1
    ]
    number, taste = r["taste_number"], r["taste"]
    if not (number is None and taste is None) and not (
        number is not None and taste is not None and number >= 0 and 1 <= len(taste) <= 64
    ):
        broken.append("taste_named")
    return broken


def _broken_health(r: Record) -> list[str]:
    broken = []
    if not 1 <= r["bitrate_kbps"] <= 500_000:
        broken.append("bitrate_in_range")
    if not 0 <= r["throughput_kbps"] <= 10_000_000:
        broken.append("throughput_in_range")
    if not (0 <= r["rebuffers"] <= 10_000 and 0 <= r["rebuffer_ms"] <= 3_600_000):
        broken.append("rebuffering_in_range")
    if r["dropped_frames"] is not None and not 0 <= r["dropped_frames"] <= 10_000_000:
        broken.append("dropped_frames_in_range")
    return broken
