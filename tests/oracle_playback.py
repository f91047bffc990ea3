"""What the views of sessions and of playback should be, each written out from its definition."""

from __future__ import annotations

from collections.abc import Callable

from tests.naive import (
    NAN,
    Event,
    H,
    M,
    Near,
    Values,
    count,
    earliest,
    harmonic,
    ids,
    least,
    mean,
    newest,
    rate,
    within,
)


def _device_playback(events: list[Event], now_ms: int) -> Values:
    reports = [r for _, r in within(events, now_ms, H, M)]
    errors = len([1 for r in reports if r["error_code"] is not None])
    values: Values = {
        "reports_1h": len(reports),
        "errors_1h": errors,
        "error_rate_1h": rate(errors, len(reports), 0.01, 100),
        "rebuffer_ms_1h": float(sum(r["rebuffer_ms"] for r in reports)),
    }
    speeds = [r["throughput_kbps"] for _, r in within(events, now_ms, H, 10 * M)]
    held = sorted(min(max(speed, 100), 1_000_000) for speed in speeds)
    for percent in (10, 50):
        place = percent * (len(held) - 1) // 100
        values[f"throughput_kbps_p{percent}"] = Near(held[place], 0.05) if held else NAN
    return values


def _session_network(events: list[Event], now_ms: int) -> Values:
    reports = [r for _, r in within(events, now_ms, 10 * M, M)]
    speeds = [r["throughput_kbps"] for r in reports]
    told = [(r, "event_id", r["throughput_kbps"]) for e, r in events if e == "playback_health"]
    return {
        "throughput_kbps_next": harmonic([kbps for _, kbps, _ in newest(told, now_ms - 10 * M, 5, 36)]),
        "reports_10m": len(reports),
        "throughput_kbps_mean_10m": mean(speeds),
        "throughput_kbps_min_10m": least(speeds),
        "rebuffers_10m": float(sum(r["rebuffers"] for r in reports)),
    }


def _session(events: list[Event], now_ms: int) -> Values:
    seen = within(events, now_ms, 6 * H, 30 * M)
    times = [r["event_time"] for _, r in seen]
    started, ended = least(times), float(max(times, default=NAN))
    first_play = least([r["event_time"] for e, r in seen if e == "play"])
    searched = {r["event_time"] for e, r in seen if e == "search"} & {*earliest(events, "search", 64)}
    return {
        "searches_before_play": len([at for at in searched if not at >= first_play]),
        "started_ms_6h": started,
        "ended_ms_6h": ended,
        "length_ms_6h": ended - started,
        "first_play_ms_6h": first_play,
        "until_play_ms_6h": first_play - started,
        "depth_6h": count(seen, "hover"),
        "plays_6h": count(seen, "play"),
        "searches_6h": count(seen, "search"),
        "answered_searches_6h": ids(seen, "answered_search"),
    }


def _member_scores(events: list[Event], now_ms: int) -> Values:
    told = [(r["event_time"], r) for _, r in within(events, now_ms, 24 * H, 2 * H)]
    values: Values = {}
    for name, nothing in (("anomaly", "nan"), ("taste_number", "nan"), ("taste", ""), ("churn_risk", "nan")):
        last = max(((at, str(r[name])) for at, r in told if r[name] is not None), default=(0, nothing))[1]
        values[f"{name}_24h"] = last if name == "taste" else float(last)
    anomalies = [r["anomaly"] for _, r in told if r["anomaly"] is not None]
    return values | {"anomaly_max_24h": float(max(anomalies, default=NAN))}


VIEWS: dict[str, tuple[tuple[str, ...], tuple[str, ...], Callable[[list[Event], int], Values]]] = {
    "session": (("session_id",), ("play", "pause", "search", "hover", "answered_search"), _session),
    "device_playback": (("device_type", "app_version"), ("playback_health",), _device_playback),
    "member_scores": (("member_id",), ("member_score",), _member_scores),
    "session_network": (("session_id",), ("playback_health",), _session_network),
}
