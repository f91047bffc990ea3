"""What the views of the catalogue should be, each written out from its definition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.naive import NAN, Event, H, M, Values, count, followed, within

D = 24 * H


def rows_of(view_name: str, events: list[Event]) -> list[Event] | None:
    """The events as one of these views sees them; None if it sees all events as they are."""
    rows: list[Event] = []
    match view_name:
        case "title_row_take":
            for name, record in [*events, *_taken(events)]:
                if record.get("row") is not None:
                    rows.append((name, record | {"shelf": str(record["row"])}))
        case "search_term":
            for name, record in [*events, *_answered(events)]:
                if "query" in record:
                    rows.append((name, record | {"term": record["query"].strip(" ").lower()}))
        case "member_title":
            rows = [*events, *_taken(events)]
        case "session":
            rows = [*events, *_answered(events)]
        case _:
            return None
    return rows


def _taken(events: list[Event]) -> list[Event]:
    pairs = followed(events, ("hover", "play"), ("member_id", "title_id"), 10 * M)
    return [("taken_hover", hover) for hover, _ in pairs]


def _answered(events: list[Event]) -> list[Event]:
    pairs = followed(events, ("search", "play"), ("member_id", "session_id"), 10 * M)
    return [("answered_search", search) for search, _ in pairs]


def _unique(events: list[Event], column: str, tile_ms: int) -> int:
    """Different values, in each tile for itself."""
    return len({(record[column], record["event_time"] // tile_ms) for _, record in events})


def _rate(numerator: int, denominator: int, prior: float, strength: float) -> float:
    return (numerator + prior * strength) / (denominator + strength)


def _title_popularity(events: list[Event], now_ms: int) -> Values:
    values: Values = {}
    for window, window_ms, tile_ms in (("24h", D, H), ("7d", 7 * D, 6 * H)):
        seen = within(events, now_ms, window_ms, tile_ms)
        shares = [(e, r, r["position_ms"] / r["runtime_ms"]) for e, r in seen if e == "pause"]
        plays = count(seen, "play")
        finished = _unique([(e, r) for e, r, share in shares if share >= 0.9], "session_id", tile_ms)
        left = _unique([(e, r) for e, r, share in shares if share <= 0.2], "session_id", tile_ms)
        values[f"plays_{window}"] = plays
        values[f"completions_{window}"] = finished
        values[f"abandonments_{window}"] = left
        values[f"completion_rate_{window}"] = _rate(finished, plays, 0.3, 20)
        values[f"abandonment_rate_{window}"] = _rate(left, plays, 0.3, 20)
        values[f"first_play_ms_{window}"] = _least([r["event_time"] for e, r in seen if e == "play"])
    week = within(events, now_ms, 7 * D, 6 * H)
    ages = [now_ms - r["event_time"] for e, r in week if e == "play"]
    values["plays_decayed"] = float(sum(0.5 ** (age / D) for age in ages))
    return values


def _title_row_take(events: list[Event], now_ms: int) -> Values:
    seen = within(events, now_ms, D, 30 * M)
    hovers, takes = count(seen, "hover"), _ids(seen, "taken_hover")
    return {"hovers_24h": hovers, "takes_24h": takes, "take_rate_24h": _rate(takes, hovers, 0.1, 20)}


def _search_term(events: list[Event], now_ms: int) -> Values:
    values: Values = {}
    for window, window_ms, tile_ms in (("1h", H, M), ("24h", D, 30 * M)):
        seen = within(events, now_ms, window_ms, tile_ms)
        searches, answered = count(seen, "search"), _ids(seen, "answered_search")
        values[f"searches_{window}"] = searches
        values[f"empty_{window}"] = len([1 for e, r in seen if e == "search" and r["results"] == 0])
        values[f"answered_{window}"] = answered
        values[f"answered_rate_{window}"] = _rate(answered, searches, 0.3, 10)
    return values


def _member_title(events: list[Event], now_ms: int) -> Values:
    seen = within(events, now_ms, 7 * D, 6 * H)
    shares = [r["position_ms"] / r["runtime_ms"] for e, r in seen if e == "pause"]
    return {
        "hovers_7d": count(seen, "hover"),
        "plays_7d": count(seen, "play"),
        "takes_7d": _ids(seen, "taken_hover"),
        "watched_share_7d": max(shares, default=NAN),
    }


def _session(events: list[Event], now_ms: int) -> Values:
    seen = within(events, now_ms, 6 * H, 30 * M)
    times = [r["event_time"] for _, r in seen]
    started, ended = _least(times), float(max(times, default=NAN))
    first_play = _least([r["event_time"] for e, r in seen if e == "play"])
    return {
        "started_ms_6h": started,
        "ended_ms_6h": ended,
        "length_ms_6h": ended - started,
        "first_play_ms_6h": first_play,
        "until_play_ms_6h": first_play - started,
        "depth_6h": count(seen, "hover"),
        "plays_6h": count(seen, "play"),
        "searches_6h": count(seen, "search"),
        "answered_searches_6h": _ids(seen, "answered_search"),
    }


def _ids(events: list[Event], name: str) -> int:
    return len({record["event_id"] for event, record in events if event == name})


def _least(numbers: list[Any]) -> float:
    return float(min(numbers, default=NAN))


VIEWS: dict[str, tuple[tuple[str, ...], tuple[str, ...], Callable[[list[Event], int], Values]]] = {
    "title_popularity": (("title_id",), ("play", "pause"), _title_popularity),
    "title_row_take": (("title_id", "shelf"), ("hover", "taken_hover"), _title_row_take),
    "search_term": (("term",), ("search", "answered_search"), _search_term),
    "member_title": (
        *(("member_id", "title_id"), ("hover", "play", "pause", "taken_hover")),
        _member_title,
    ),
    "session": (("session_id",), ("play", "pause", "search", "hover", "answered_search"), _session),
}
