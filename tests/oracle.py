"""What the features of the views should be, read naively from a list of events.

It shares no code with features/ and serving/: each view is written out from its definition. A window W of
tiles T counts the events whose floor(event_time / T) lies in (floor(now / T) - W / T, floor(now / T)].
"""

from __future__ import annotations

import statistics
from collections.abc import Callable

from tests import oracle_catalog
from tests.naive import (
    NAN,
    Event,
    H,
    M,
    Near,
    S,
    Values,
    answered,
    count,
    cut,
    earliest,
    harmonic,
    mean,
    newest,
    taken,
    top_of_tiles,
    within,
)


def naive_features(view_name: str, events: list[Event], now_ms: int) -> dict[str, Values]:
    """The values of every entity of the events, for events that count (neither late nor copies)."""
    entity, types, values = _VIEWS[view_name]
    of_view = [event for event in naive_rows(view_name, events) if event[0] in types]
    of_entity: dict[str, list[Event]] = {}
    for name, record in of_view:
        of_entity.setdefault("|".join(record[column] for column in entity), []).append((name, record))
    return {key: values(own, now_ms) for key, own in of_entity.items()}


def naive_rows(view_name: str, events: list[Event]) -> list[Event]:
    """The events as a view sees them: with those that another followed, and the columns that it makes."""
    rows: list[Event] = []
    match view_name:
        case "gallery":
            return [(name, record | {"viewer": record["member_id"]}) for name, record in events]
        case "gallery_taken":
            for name, record in [*events, *taken(events)]:
                row, rank = record.get("row"), record.get("rank")
                if row is not None and (rank is None or rank < 100):
                    rows.append((name, record | {"shelf": str(row)}))
        case "gallery_words":
            for name, record in [*events, *answered(events)]:
                rows.extend((name, record | {"word": word}) for word in record.get("query", "").split())
        case _:
            found = oracle_catalog.rows_of(view_name, events)
            return events if found is None else found
    return rows


def naive_age_s(events: list[Event], now_ms: int, window_ms: int, tile_ms: int) -> float | None:
    """The time since the newest event in a window, 0 if it is ahead; None when there is none."""
    times = [record["event_time"] for _, record in within(events, now_ms, window_ms, tile_ms)]
    return max(0, now_ms - max(times)) / 1_000 if times else None


def _title_engagement(events: list[Event], now_ms: int) -> Values:
    values: Values = {}
    for window, window_ms, tile_ms in (("1m", M, 10 * S), ("10m", 10 * M, 10 * S), ("1h", H, M)):
        seen = within(events, now_ms, window_ms, tile_ms)
        plays, hovers = count(seen, "play"), count(seen, "hover")
        shares = [r["position_ms"] / r["runtime_ms"] for event, r in seen if event == "pause"]
        values[f"plays_{window}"] = plays
        values[f"hovers_{window}"] = hovers
        values[f"take_rate_{window}"] = (plays + 0.3 * 10) / (hovers + 10)
        values[f"watched_share_mean_{window}"] = mean(shares)
    return values


def _title_country_trending(events: list[Event], now_ms: int) -> Values:
    short = count(within(events, now_ms, 5 * M, M), "play")
    long = count(within(events, now_ms, H, M), "play")
    velocity = (short / 300) / (long / 3600) if long else NAN
    return {"plays_5m": short, "plays_1h": long, "velocity": velocity}


def _member_activity(events: list[Event], now_ms: int) -> Values:
    values: Values = {}
    for window, window_ms, tile_ms in (("10m", 10 * M, M), ("24h", 24 * H, 30 * M)):
        seen = within(events, now_ms, window_ms, tile_ms)
        values[f"plays_{window}"] = count(seen, "play")
        values[f"pauses_{window}"] = count(seen, "pause")
        values[f"searches_{window}"] = count(seen, "search")
        values[f"dwell_ms_mean_{window}"] = mean([r["dwell_ms"] for event, r in seen if event == "hover"])
        devices = [(r["event_time"], r["device_type"]) for _, r in seen]
        values[f"device_type_last_{window}"] = cut(max(devices)[1], 16) if devices else ""
    return values


def _gallery(events: list[Event], now_ms: int) -> Values:
    values: Values = {}
    for window, window_ms, tile_ms in (("10m", 10 * M, M), ("24h", 24 * H, 30 * M)):
        seen = within(events, now_ms, window_ms, tile_ms)
        hovers = [r for event, r in seen if event == "hover"]
        ranks = [r["rank"] for event, r in seen if event == "play" and r["rank"] is not None]
        shares = [r["position_ms"] / r["runtime_ms"] for event, r in seen if event == "pause"]
        unranked = [r for event, r in seen if event == "play" and r["rank"] is None]
        values[f"plays_{window}"] = plays = count(seen, "play")
        values[f"long_hovers_{window}"] = long = len(
            [1 for r in hovers if r["dwell_ms"] > 300_000 or r["row"] == 0]
        )
        values[f"dwell_sum_{window}"] = float(sum(r["dwell_ms"] for r in hovers))
        values[f"rank_mean_{window}"] = mean(ranks)
        rounded = [round(share, 6) for share in shares]
        values[f"share_variance_{window}"] = statistics.pvariance(rounded) if shares else NAN
        values[f"rank_min_{window}"] = float(min(ranks, default=NAN))
        values[f"dwell_max_{window}"] = float(max((r["dwell_ms"] for r in hovers), default=NAN))
        first = min(((r["event_time"], r["title_id"]) for r in unranked), default=(0, ""))
        values[f"title_first_{window}"] = cut(first[1], 16)
        device = min(((r["event_time"], r["device_type"]) for _, r in seen), default=(0, ""))
        values[f"device_first_{window}"] = cut(device[1], 8)
        last = max(((r["event_time"], r["title_id"]) for r in hovers), default=(0, ""))
        values[f"title_last_{window}"] = cut(last[1], 16)
        values[f"rank_spread_{window}"] = values[f"dwell_max_{window}"] - values[f"rank_min_{window}"]
        values[f"latest_ms_{window}"] = float(max((r["event_time"] for _, r in seen), default=NAN))
        values[f"plays_per_hover_{window}"] = (plays + 0.5 * 2) / (long + 2)
    latest = max((r["event_time"] for _, r in seen), default=0)
    times = {r["event_time"] for event, r in seen if event == "hover" and r["event_time"] < latest}
    values["hovers_first"] = len(times & {*earliest(events, "hover", 2)})
    day = within(events, now_ms, 24 * H, 30 * M)
    ages = [(event, r, now_ms - r["event_time"]) for event, r in day]
    values["plays_decayed"] = float(sum(0.5 ** (age / H) for event, _, age in ages if event == "play"))
    values["dwell_decayed"] = float(
        sum(r["dwell_ms"] * 0.5 ** (age / (90 * M)) for event, r, age in ages if event == "hover")
    )
    by_six, by_twelve = (within(events, now_ms, 24 * H, tile_ms) for tile_ms in (6 * H, 12 * H))
    played = [r for event, r in by_six if event == "play" and r["row"] is not None and r["row"] < 3]
    values["devices_top"] = top_of_tiles(played, "device_type", 6 * H, keep=3, size_bytes=8)[:2]
    hovers = [(r, "title_id", 0.0) for event, r in events if event == "hover"]
    values["titles_seen"] = [
        {"item": item, "at_ms": at_ms} for at_ms, _, item in newest(hovers, now_ms - 6 * H, 3, 16)
    ]
    pauses = [
        (r, "device_type", r["position_ms"] / r["runtime_ms"]) for event, r in events if event == "pause"
    ]
    values["devices_watched"] = [
        {"item": item, "at_ms": at_ms, "value": Near(share, 1e-6)}
        for at_ms, share, item in newest(pauses, now_ms - H, 3, 8)
    ]
    dwells = [(r, "title_id", r["dwell_ms"]) for event, r in events if event == "hover"]
    values["dwell_next"] = harmonic([number for _, number, _ in newest(dwells, now_ms - H, 3, 36)])
    values["devices"] = len({r["device_type"] for event, r in by_twelve if event == "hover"} - {""})
    ranks = sorted(max(1, r["rank"]) for event, r in by_twelve if event == "play" and r["rank"] is not None)
    for percent in (50, 99):
        place = percent * (len(ranks) - 1) // 100
        values[f"rank_p{percent}"] = Near(ranks[place], 0.02) if ranks else NAN
    short, plays = values["plays_10m"], values["plays_24h"]
    values["velocity"] = (short / 600) / (plays / 86_400) if plays else NAN
    return values


def _gallery_taken(events: list[Event], now_ms: int) -> Values:
    seen = within(events, now_ms, 24 * H, 30 * M)
    dwelt = max(((r["event_time"], str(r["dwell_ms"])) for e, r in seen if e == "hover"), default=(0, "nan"))
    return {
        "hovers_24h": count(seen, "hover"),
        "dwell_last_24h": float(dwelt[1]),
        "takes_24h": len({r["event_id"] for event, r in seen if event == "taken_hover"}),
        # Once in each tile.
        "members_24h": len({(r["member_id"], r["event_time"] // (30 * M)) for e, r in seen if e == "hover"}),
    }


def _gallery_words(events: list[Event], now_ms: int) -> Values:
    seen = within(events, now_ms, 24 * H, 30 * M)
    answered = {r["event_id"] for event, r in seen if event == "answered_search"}
    return {"searches_24h": count(seen, "search"), "answered_24h": len(answered)}


_View = tuple[tuple[str, ...], tuple[str, ...], Callable[[list[Event], int], Values]]
_VIEWS: dict[str, _View] = {
    **oracle_catalog.VIEWS,
    "title_engagement": (("title_id",), ("play", "hover", "pause"), _title_engagement),
    "title_country_trending": (("title_id", "country"), ("play",), _title_country_trending),
    "gallery_taken": (("title_id", "shelf"), ("hover", "taken_hover"), _gallery_taken),
    "gallery_words": (("word",), ("search", "answered_search"), _gallery_words),
    "gallery": (("member_id",), ("play", "pause", "search", "hover"), _gallery),
    "member_activity": (("member_id",), ("play", "pause", "search", "hover"), _member_activity),
}
