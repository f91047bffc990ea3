"""Views of members and their sessions: what they watch, what they pass over, how they sit."""

from __future__ import annotations

from features.derived import Difference
from features.extremes import Max, Min
from features.sums import Count
from features.view import View

MEMBER_TITLE = View(
    name="member_title",
    entity=("member_id", "title_id"),
    events=("hover", "play", "pause", "taken_hover"),
    windows={"7d": "6h"},
    features=(
        Count("hovers", on="hover"),
        Count("plays", on="play"),
        Count("takes", on="taken_hover", unique="event_id"),
        Max("watched_share", of="position_ms * 1E0 / runtime_ms", on="pause"),
    ),
    slo_s=60,
    description="Hover fatigue: a title that a member has seen often and not played is not worth its place.",
    tags=("fatigue",),
)

SESSION = View(
    name="session",
    entity=("session_id",),
    events=("play", "pause", "search", "hover", "answered_search"),
    windows={"6h": "30m"},
    features=(
        Min("started_ms", of="event_time"),
        Max("ended_ms", of="event_time"),
        Difference("length_ms", of="ended_ms", less="started_ms"),
        Min("first_play_ms", of="event_time", on="play"),
        Difference("until_play_ms", of="first_play_ms", less="started_ms"),
        Count("depth", on="hover"),
        Count("plays", on="play"),
        Count("searches", on="search"),
        Count("answered_searches", on="answered_search", unique="event_id"),
    ),
    slo_s=60,
    description="How a session goes: its length, how deep it looks, how long it takes to find something.",
    tags=("session", "search"),
)
