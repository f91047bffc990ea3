"""What the views of the catalogue should be, each written out from its definition."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from tests import oracle_playback
from tests.naive import (
    NAN,
    Event,
    H,
    M,
    Near,
    Values,
    answered,
    count,
    followed,
    ids,
    least,
    mean,
    newest,
    rate,
    taken,
    top_of_tiles,
    unique,
    within,
)

D = 24 * H


def rows_of(view_name: str, events: list[Event]) -> list[Event] | None:
    """The events as one of these views sees them; None if it sees all events as they are."""
    rows: list[Event] = []
    match view_name:
        case "title_row_take":
            for name, record in [*events, *taken(events)]:
                if record.get("row") is not None:
                    rows.append((name, record | {"shelf": str(record["row"])}))
        case "search_term":
            for name, record in [*events, *answered(events)]:
                if "query" in record:
                    rows.append((name, record | {"term": record["query"].strip(" ").lower()}))
        case "member_title":
            rows = [*events, *taken(events)]
        case "session":
            rows = [*events, *answered(events)]
        case "title_next":
            for one, other in followed(events, ("play", "play"), ("profile_id",), 2 * H):
                if one["title_id"] != other["title_id"]:
                    rows.append(("played_next", one | {"next_title_id": other["title_id"]}))
            rows += events
        case "member_genre":
            for name, record in events:
                genres = (record.get("genres") or "").split(",")
                rows.extend((name, record | {"genre": genre}) for genre in genres if genre)
        case "profile_genre":
            for name, record in [*events, *taken(events)]:
                genres = (record.get("genres") or "").split(",")
                rows.extend((name, record | {"genre": genre}) for genre in genres if genre)
        case "member_habit":
            for name, record in events:
                if record["utc_offset_min"] is not None:
                    local_min = record["event_time"] // M + record["utc_offset_min"]
                    rows.append((name, record | {"local_hour": str(local_min % 1_440 // 60)}))
        case _:
            return None
    return rows


def _title_popularity(events: list[Event], now_ms: int) -> Values:
    values: Values = {}
    for window, window_ms, tile_ms in (("24h", D, H), ("7d", 7 * D, 6 * H)):
        seen = within(events, now_ms, window_ms, tile_ms)
        shares = [(e, r, r["position_ms"] / r["runtime_ms"]) for e, r in seen if e == "pause"]
        plays = count(seen, "play")
        finished = unique([(e, r) for e, r, share in shares if share >= 0.9], "session_id", tile_ms)
        left = unique([(e, r) for e, r, share in shares if share <= 0.2], "session_id", tile_ms)
        values[f"plays_{window}"] = plays
        values[f"completions_{window}"] = finished
        values[f"abandonments_{window}"] = left
        values[f"completion_rate_{window}"] = rate(finished, plays, 0.3, 20)
        values[f"abandonment_rate_{window}"] = rate(left, plays, 0.3, 20)
        values[f"first_play_ms_{window}"] = least([r["event_time"] for e, r in seen if e == "play"])
    week = within(events, now_ms, 7 * D, 6 * H)
    ages = [now_ms - r["event_time"] for e, r in week if e == "play"]
    by_six = within(events, now_ms, D, 6 * H)
    members = len({r["member_id"] for e, r in by_six if e == "play"})
    # Beyond what is kept it is an estimate; four standard errors.
    values["members"] = members if members < 64 else Near(members, 0.5)
    values["plays_decayed"] = float(sum(0.5 ** (age / D) for age in ages))
    return values


def _title_row_take(events: list[Event], now_ms: int) -> Values:
    seen = within(events, now_ms, D, 30 * M)
    hovers, takes = count(seen, "hover"), ids(seen, "taken_hover")
    return {
        "impressions_24h": count(seen, "impression"),
        "hovers_24h": hovers,
        "takes_24h": takes,
        "take_rate_24h": rate(takes, hovers, 0.1, 20),
    }


def _country_top(events: list[Event], now_ms: int) -> Values:
    plays = [r for e, r in within(events, now_ms, H, 15 * M) if e == "play"]
    return {
        "plays_1h": count(within(events, now_ms, H, M), "play"),
        "titles_top": top_of_tiles(plays, "title_id", 15 * M, keep=100, size_bytes=16)[:50],
    }


def _title_next(events: list[Event], now_ms: int) -> Values:
    after = [r for e, r in within(events, now_ms, 7 * D, 12 * H) if e == "played_next"]
    return {
        "plays_24h": count(within(events, now_ms, D, 30 * M), "play"),
        "titles_next": top_of_tiles(after, "next_title_id", 12 * H, keep=30, size_bytes=16)[:10],
    }


def _title_rating(events: list[Event], now_ms: int) -> Values:
    stars = [r["stars"] for e, r in within(events, now_ms, 7 * D, 6 * H) if e == "rating"]
    return {
        "ratings_7d": len(stars),
        "stars_mean_7d": mean(stars),
        "stars_variance_7d": float(statistics.pvariance(stars)) if stars else NAN,
    }


def _title_seek(events: list[Event], now_ms: int) -> Values:
    seeks = [r for e, r in within(events, now_ms, D, H) if e == "seek"]
    kinds = [r["kind"] for r in seeks]
    return {
        "skips_24h": kinds.count("skip"),
        "rewinds_24h": kinds.count("rewind"),
        "fast_forwards_24h": kinds.count("fast_forward"),
        "moved_ms_24h": float(sum(r["to_ms"] - r["from_ms"] for r in seeks)),
    }


def _search_term(events: list[Event], now_ms: int) -> Values:
    values: Values = {}
    for window, window_ms, tile_ms in (("1h", H, M), ("24h", D, 30 * M)):
        seen = within(events, now_ms, window_ms, tile_ms)
        searches, answered = count(seen, "search"), ids(seen, "answered_search")
        values[f"searches_{window}"] = searches
        values[f"no_results_{window}"] = len([1 for e, r in seen if e == "search" and r["results"] == 0])
        values[f"answered_{window}"] = answered
        values[f"answered_rate_{window}"] = rate(answered, searches, 0.3, 10)
    return values


def _member_title(events: list[Event], now_ms: int) -> Values:
    seen = within(events, now_ms, 7 * D, 6 * H)
    shares = [r["position_ms"] / r["runtime_ms"] for e, r in seen if e == "pause"]
    return {
        "impressions_7d": count(seen, "impression"),
        "hovers_7d": count(seen, "hover"),
        "plays_7d": count(seen, "play"),
        "takes_7d": ids(seen, "taken_hover"),
        "watched_share_7d": max(shares, default=NAN),
    }


def _member_history(events: list[Event], now_ms: int) -> Values:
    seen, after_ms = within(events, now_ms, 7 * D, 6 * H), now_ms - 7 * D
    pauses = [(r, r["position_ms"] / r["runtime_ms"]) for e, r in events if e == "pause"]
    left = [(r, "title_id", share) for r, share in pauses]
    finished = [(r, "title_id", 0.0) for r, share in pauses if share >= 0.9]
    searches = [(r, "query", 0.0) for e, r in events if e == "search"]
    return {
        "pauses_7d": count(seen, "pause"),
        "searches_7d": count(seen, "search"),
        "continue_watching": [
            {"item": item, "at_ms": at_ms, "value": Near(share, 2e-6)}
            for at_ms, share, item in newest(left, after_ms, 20, 16)
        ],
        "watched": [{"item": i, "at_ms": at} for at, _, i in newest(finished, after_ms, 100, 16)],
        "searches_last": [{"item": i, "at_ms": at} for at, _, i in newest(searches, after_ms, 10, 32)],
    }


def _member_genre(events: list[Event], now_ms: int) -> Values:
    plays = [r for e, r in within(events, now_ms, 7 * D, 6 * H) if e == "play"]
    ages = [now_ms - r["event_time"] for r in plays]
    return {
        "plays_7d": len(plays),
        "affinity_now": float(sum(0.5 ** (age / D) for age in ages)),
        "affinity_usual": float(sum(0.5 ** (age / (7 * D)) for age in ages)),
    }


def _profile_genre(events: list[Event], now_ms: int) -> Values:
    seen = within(events, now_ms, 7 * D, 6 * H)
    shares = [(e, r | {"viewing": (r["session_id"], r["title_id"])}) for e, r in seen if e == "pause"]
    finished = [(e, r) for e, r in shares if r["position_ms"] / r["runtime_ms"] >= 0.9]
    viewings, completions = (unique(of, "viewing", 6 * H) for of in (shares, finished))
    hovers, takes = count(seen, "hover"), ids(seen, "taken_hover")
    return {
        "hovers_7d": hovers,
        "takes_7d": takes,
        "viewings_7d": viewings,
        "completions_7d": completions,
        "take_rate_7d": rate(takes, hovers, 0.2, 10),
        "completion_rate_7d": rate(completions, viewings, 0.3, 5),
    }


def _profile_activity(events: list[Event], now_ms: int) -> Values:
    seen = within(events, now_ms, 7 * D, 6 * H)
    return {"hovers_7d": count(seen, "hover"), "plays_7d": count(seen, "play")}


def _member_habit(events: list[Event], now_ms: int) -> Values:
    return {"plays_7d": count(within(events, now_ms, 7 * D, 6 * H), "play")}


_View = tuple[tuple[str, ...], tuple[str, ...], Callable[[list[Event], int], Values]]
VIEWS: dict[str, _View] = {
    **oracle_playback.VIEWS,
    "title_popularity": (("title_id",), ("play", "pause"), _title_popularity),
    "title_row_take": (("title_id", "shelf"), ("impression", "hover", "taken_hover"), _title_row_take),
    "country_top": (("country",), ("play",), _country_top),
    "title_next": (("title_id",), ("play", "played_next"), _title_next),
    "title_rating": (("title_id",), ("rating",), _title_rating),
    "title_seek": (("title_id",), ("seek",), _title_seek),
    "search_term": (("term",), ("search", "answered_search"), _search_term),
    "member_title": (
        *(("member_id", "title_id"), ("impression", "hover", "play", "pause", "taken_hover")),
        _member_title,
    ),
    "member_history": (("member_id",), ("pause", "search"), _member_history),
    "member_genre": (("member_id", "genre"), ("play",), _member_genre),
    "profile_genre": (("profile_id", "genre"), ("hover", "pause", "taken_hover"), _profile_genre),
    "profile_activity": (("profile_id",), ("hover", "play"), _profile_activity),
    "member_habit": (("member_id", "device_type", "local_hour"), ("play",), _member_habit),
}
