"""Views of members and their sessions: what they watch, what they pass over, how they sit."""

from __future__ import annotations

from features.before import Before
from features.catalog_titles import FINISHED, WATCHED_SHARE
from features.derived import Difference, Rate
from features.extremes import Last, LastNumber, Max, Min
from features.recent import LastK
from features.sums import Count, DecayedSum
from features.view import Each, View

MEMBER_TITLE = View(
    name="member_title",
    entity=("member_id", "title_id"),
    events=("impression", "hover", "play", "pause", "taken_hover"),
    windows={"7d": "6h"},
    features=(
        Count("impressions", on="impression"),
        Count("hovers", on="hover"),
        Count("plays", on="play"),
        Count("takes", on="taken_hover", unique="event_id"),
        Max("watched_share", of=WATCHED_SHARE, on="pause"),
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
        Before(
            *("searches_before_play", "event_time", "search", "6h"),
            before="first_play_ms",
            k=64,
        ),
    ),
    slo_s=60,
    version=2,
    description="How a session goes: its length, how deep it looks, how long it takes to find something.",
    tags=("session", "search"),
)

MEMBER_HISTORY = View(
    name="member_history",
    entity=("member_id",),
    events=("pause", "search"),
    windows={"7d": "6h"},
    features=(
        Count("pauses", on="pause"),
        Count("searches", on="search"),
        LastK(
            *("continue_watching", "title_id", "pause", "7d"),
            with_=WATCHED_SHARE,
            k=20,
        ),
        LastK("watched", of="title_id", on="pause", where=FINISHED, window="7d", k=100),
        LastK("searches_last", of="query", on="search", window="7d", k=10, size_bytes=32),
    ),
    slo_s=60,
    description="What a member left and where, has finished, and has searched for: rows to resume, a filter.",
    tags=("continue watching", "already watched", "search"),
)

MEMBER_GENRE = View(
    name="member_genre",
    entity=("member_id", "genre"),
    events=("play",),
    windows={"7d": "6h"},
    features=(
        Count("plays", on="play"),
        DecayedSum("affinity_now", on="play", half_life="1d", window="7d"),
        DecayedSum("affinity_usual", on="play", half_life="7d", window="7d"),
    ),
    slo_s=60,
    description="How much a member likes a genre, of late and as a rule: taste for members without a vector.",
    each=Each("genre", of="genres"),
    tags=("taste", "cold start"),
)

#: A title that is watched in one session, however often it is paused.
_VIEWING = "session_id || ' ' || title_id"

PROFILE_GENRE = View(
    name="profile_genre",
    entity=("profile_id", "genre"),
    events=("hover", "pause", "taken_hover"),
    windows={"7d": "6h"},
    features=(
        Count("hovers", on="hover"),
        Count("takes", on="taken_hover", unique="event_id"),
        Count("viewings", on="pause", unique=_VIEWING),
        Count("completions", on="pause", where=FINISHED, unique=_VIEWING),
        Rate("take_rate", numerator="takes", denominator="hovers", prior=0.2, strength=10.0),
        Rate("completion_rate", numerator="completions", denominator="viewings", prior=0.3, strength=5.0),
    ),
    slo_s=60,
    description="How often a person takes a genre that they look at, and sees it to its end: taste.",
    each=Each("genre", of="genres"),
    tags=("taste", "take", "completion"),
)

PROFILE_ACTIVITY = View(
    name="profile_activity",
    entity=("profile_id",),
    events=("hover", "play"),
    windows={"7d": "6h"},
    features=(Count("hovers", on="hover"), Count("plays", on="play")),
    slo_s=60,
    description="How much a person looks at and plays: of this a genre has its share.",
    tags=("taste",),
)

MEMBER_HABIT = View(
    name="member_habit",
    entity=("member_id", "device_type", "local_hour"),
    events=("play",),
    windows={"7d": "6h"},
    features=(Count("plays", on="play"),),
    slo_s=60,
    description="On which device and at what hour, by the clock on their wall, a member watches.",
    derived={"local_hour": "CAST(MOD(event_time / 60000 + utc_offset_min, 1440) / 60 AS STRING)"},
    tags=("habit",),
)

MEMBER_SCORES = View(
    name="member_scores",
    entity=("member_id",),
    events=("member_score",),
    windows={"24h": "2h"},
    features=(
        LastNumber("anomaly", of="anomaly"),
        Max("anomaly_max", of="anomaly"),
        LastNumber("taste_number", of="taste_number", size_bytes=4),
        Last("taste", of="taste", size_bytes=32),
        LastNumber("churn_risk", of="churn_risk"),
    ),
    slo_s=300,
    description="What was learnt of a member: how odd they behave, their taste, the risk that they leave.",
    tags=("member", "abuse", "taste", "churn"),
    version=2,
)
