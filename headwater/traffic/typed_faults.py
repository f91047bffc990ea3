"""Faults that only events of some types can have, since only those have the fields."""

from __future__ import annotations

from random import Random

from headwater.traffic.fault import Fault, of_fields
from headwater.traffic.population import pick
from schemas.artwork import STYLES
from schemas.codec import Record
from schemas.events import EVENTS
from schemas.topics import MINUTE_MS


def _with(column: str) -> tuple[str, ...]:
    """The event types that have a column."""
    return tuple(e.name for e in EVENTS.values() if column in e.docs)


def _in_seconds(_: Random, __: str, record: Record) -> Record:
    times = ("runtime_ms", "position_ms", "from_ms", "to_ms")
    return {column: record[column] // 1000 for column in times if column in record}


def _out_of_range(rng: Random, event: str, record: Record) -> Record:
    below = -rng.randint(1, 1_000)
    match event:
        case "play" | "pause":
            return {"position_ms": pick(rng, (below, record["runtime_ms"] - below))}
        case "seek":
            return {"to_ms": pick(rng, (below, record["runtime_ms"] - below)), "kind": "skip"}
        case "hover":
            return {"dwell_ms": below}
        case "rating":
            return {"stars": pick(rng, (0, 6))}
        case "playback_health":
            return {pick(rng, ("throughput_kbps", "rebuffer_ms", "dropped_frames")): below}
        case "member_score":
            return {pick(rng, ("anomaly", "churn_risk")): pick(rng, (1.5, float(below)))}
    return {"results": below}


def _wrong_way(_: Random, __: str, record: Record) -> Record:
    there, here = record["to_ms"], record["from_ms"]
    return {"kind": "fast_forward" if there < here else "rewind"}


TYPED: tuple[Fault, ...] = (
    of_fields(
        "wrong_units_runtime",
        ("runtime_in_milliseconds", "runtime_as_catalogued"),
        "the runtime and places in the title are in seconds",
        _in_seconds,
        on=_with("runtime_ms"),
    ),
    of_fields(
        "out_of_range",
        (
            "position_within_runtime",
            "seek_within_runtime",
            "dwell_in_range",
            "results_in_range",
            "stars_in_range",
            "throughput_in_range",
            "rebuffering_in_range",
            "dropped_frames_in_range",
            "anomaly_in_range",
            "churn_risk_in_range",
        ),
        "a place in the title, a time or a number cannot be",
        _out_of_range,
        on=("play", "pause", "search", "hover", "rating", "seek", "playback_health", "member_score"),
    ),
    of_fields(
        "unknown_title",
        ("title_in_catalogue",),
        "a title that the catalogue has not",
        lambda rng, _, __: {"title_id": f"x{rng.randrange(10_000):05}"},
        outcome="valid",
        on=_with("title_id"),
    ),
    of_fields(
        "another_runtime",
        ("runtime_as_catalogued",),
        "a runtime that is not the catalogue's",
        lambda rng, _, r: {"runtime_ms": r["runtime_ms"] + rng.randint(2, 30) * MINUTE_MS},
        outcome="valid",
        on=_with("runtime_ms"),
    ),
    of_fields(
        "row_without_rank",
        ("row_and_rank_in_page", "place_told"),
        "the place on the page is told by halves",
        lambda rng, _, __: {"row": rng.randrange(20), "rank": None},
        on=_with("rank"),
    ),
    of_fields(
        "unchosen_artwork",
        ("artwork_propensity_in_range", "artwork_with_its_propensity"),
        "an artwork is told without the chance that it had, or had none",
        lambda rng, _, __: {"artwork": pick(rng, STYLES), "artwork_propensity": pick(rng, (None, 0.0))},
        on=_with("artwork"),
    ),
    of_fields(
        "unknown_artwork",
        ("artwork_known",),
        "an artwork of an unknown style",
        lambda *_: {"artwork": "poster", "artwork_propensity": 0.5},
        outcome="valid",
        on=_with("artwork"),
    ),
    of_fields(
        "wrong_way",
        ("rewind_goes_back", "fast_forward_goes_on"),
        "a seek goes the other way than it says",
        _wrong_way,
        on=("seek",),
    ),
    of_fields(
        "unknown_seek",
        ("seek_kind_known",),
        "an unknown kind of seek",
        lambda *_: {"kind": "jump"},
        on=("seek",),
    ),
    of_fields(
        "seek_to_itself",
        ("seek_moves",),
        "a seek to where it was",
        lambda _, __, r: {"to_ms": r["from_ms"]},
        outcome="valid",
        on=("seek",),
    ),
    of_fields(
        "score_of_nothing",
        ("score_told",),
        "a score that says nothing",
        lambda *_: dict.fromkeys(("anomaly", "taste_number", "taste", "churn_risk")),
        on=("member_score",),
    ),
    of_fields(
        "unnamed_taste",
        ("taste_named",),
        "the number of a taste without its name",
        lambda rng, _, __: {"taste_number": rng.randrange(8), "taste": None},
        on=("member_score",),
    ),
    of_fields(
        "no_bitrate",
        ("bitrate_in_range",),
        "a bitrate of 0",
        lambda *_: {"bitrate_kbps": 0},
        on=("playback_health",),
    ),
    of_fields(
        "uncounted_waits",
        ("waits_counted",),
        "a time of standing still, but no time that it did",
        lambda rng, _, __: {"rebuffers": 0, "rebuffer_ms": rng.randint(1, 5_000)},
        outcome="valid",
        on=("playback_health",),
    ),
)
