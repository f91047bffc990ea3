"""The feature views. To add one, write it here: the tests run their laws over every member.

`CATALOG` is what jobs compute: every version that is not retired yet. `VIEWS` is what a name alone reads.
`READABLE` has the flags of the audit beside them, which nobody computes here.
"""

from __future__ import annotations

from features.account_flags import ACCOUNT_FLAGS
from features.catalog_members import (
    MEMBER_GENRE,
    MEMBER_HABIT,
    MEMBER_HISTORY,
    MEMBER_SCORES,
    MEMBER_TITLE,
    PROFILE_ACTIVITY,
    PROFILE_GENRE,
    SESSION,
)
from features.catalog_playback import DEVICE_PLAYBACK, SESSION_NETWORK
from features.catalog_titles import (
    COUNTRY_TOP,
    SEARCH_TERM,
    TITLE_NEXT,
    TITLE_POPULARITY,
    TITLE_RATING,
    TITLE_ROW_TAKE,
    TITLE_SEEK,
    WATCHED_SHARE,
)
from features.derived import Rate, Velocity
from features.extremes import Last
from features.sums import Count, Mean
from features.versions import named, newest
from features.view import View

TITLE_ENGAGEMENT = View(
    name="title_engagement",
    entity=("title_id",),
    events=("play", "hover", "pause"),
    windows={"1m": "10s", "10m": "10s", "1h": "60s"},
    features=(
        Count("plays", on="play"),
        Count("hovers", on="hover"),
        Rate("take_rate", numerator="plays", denominator="hovers", prior=0.3, strength=10.0),
        Mean("watched_share_mean", of=WATCHED_SHARE, on="pause"),
    ),
    slo_s=60,
    description="How a title does now: a ranker's freshest sign of what is worth showing.",
    tags=("title", "ranking"),
)

TITLE_COUNTRY_TRENDING = View(
    name="title_country_trending",
    entity=("title_id", "country"),
    events=("play",),
    windows={"5m": "60s", "1h": "60s"},
    features=(Count("plays", on="play"), Velocity("velocity", of="plays", short="5m", long="1h")),
    slo_s=60,
    description="What is rising in a country: the candidates of a trending row.",
    tags=("title", "trending"),
)

MEMBER_ACTIVITY = View(
    name="member_activity",
    entity=("member_id",),
    events=("play", "pause", "search", "hover"),
    windows={"10m": "60s", "24h": "30m"},
    features=(
        Count("plays", on="play"),
        Count("pauses", on="pause"),
        Count("searches", on="search"),
        Mean("dwell_ms_mean", of="dwell_ms", on="hover", scale=1),
        Last("device_type_last", of="device_type"),
    ),
    slo_s=60,
    description="What a member is doing now: whether to suggest, to resume or to step back.",
    tags=("member", "personal"),
)

CATALOG: tuple[View, ...] = (
    *(TITLE_ENGAGEMENT, TITLE_COUNTRY_TRENDING, COUNTRY_TOP, TITLE_POPULARITY, TITLE_ROW_TAKE, TITLE_NEXT),
    *(TITLE_RATING, TITLE_SEEK, SEARCH_TERM),
    *(MEMBER_ACTIVITY, MEMBER_TITLE, MEMBER_HISTORY, MEMBER_GENRE, MEMBER_HABIT, MEMBER_SCORES, SESSION),
    *(PROFILE_GENRE, PROFILE_ACTIVITY),
    *(DEVICE_PLAYBACK, SESSION_NETWORK),
)
VIEWS: dict[str, View] = newest(CATALOG)
READABLE: tuple[View, ...] = (*CATALOG, ACCOUNT_FLAGS)
#: By what can be asked for: a name, or `name@version`.
NAMED: dict[str, View] = named(READABLE)
