"""Views of titles: how popular they are, where on the page they are taken, what leads to them."""

from __future__ import annotations

from features.derived import Rate
from features.distinct import Distinct
from features.extremes import Min
from features.sums import Count, DecayedSum, Mean, Sum, Variance
from features.top import TopK
from features.view import View

WATCHED_SHARE = "position_ms * 1E0 / runtime_ms"
#: Beyond this share of its runtime a title counts as finished; credits take the rest.
FINISHED_SHARE = 0.9
FINISHED = f"{WATCHED_SHARE} >= {FINISHED_SHARE}"
ABANDONED = f"{WATCHED_SHARE} <= 0.2"

TITLE_POPULARITY = View(
    name="title_popularity",
    entity=("title_id",),
    events=("play", "pause"),
    windows={"24h": "1h", "7d": "6h"},
    features=(
        Count("plays", on="play"),
        Count("completions", on="pause", where=FINISHED, unique="session_id"),
        Count("abandonments", on="pause", where=ABANDONED, unique="session_id"),
        Rate("completion_rate", numerator="completions", denominator="plays", prior=0.3, strength=20.0),
        Rate("abandonment_rate", numerator="abandonments", denominator="plays", prior=0.3, strength=20.0),
        DecayedSum("plays_decayed", on="play", half_life="1d", window="7d"),
        Min("first_play_ms", of="event_time", on="play"),
        Distinct("members", of="member_id", on="play", window="24h", tile="6h"),
    ),
    slo_s=60,
    description="How much a title is watched and finished: the bias of a ranker, and how new it is.",
    tags=("popularity", "completion", "cold start"),
)

TITLE_ROW_TAKE = View(
    name="title_row_take",
    entity=("title_id", "shelf"),
    events=("impression", "hover", "taken_hover"),
    windows={"24h": "30m"},
    features=(
        Count("impressions", on="impression"),
        Count("hovers", on="hover"),
        Count("takes", on="taken_hover", unique="event_id"),
        Rate("take_rate", numerator="takes", denominator="hovers", prior=0.1, strength=20.0),
    ),
    slo_s=60,
    description="How often a title is played after it was looked at in a row of the page, from 0 at the top.",
    derived={"shelf": "CAST(`row` AS STRING)"},
    tags=("take", "position"),
)

SEARCH_TERM = View(
    name="search_term",
    entity=("term",),
    events=("search", "answered_search"),
    windows={"1h": "60s", "24h": "30m"},
    features=(
        Count("searches", on="search"),
        Count("no_results", on="search", where="results = 0"),
        Count("answered", on="answered_search", unique="event_id"),
        Rate("answered_rate", numerator="answered", denominator="searches", prior=0.3, strength=10.0),
    ),
    slo_s=60,
    description="What is searched for now, and whether a play followed: what people want and do not find.",
    derived={"term": "LOWER(TRIM(query))"},
    tags=("search",),
)

COUNTRY_TOP = View(
    name="country_top",
    entity=("country",),
    events=("play",),
    windows={"1h": "60s"},
    features=(
        Count("plays", on="play"),
        TopK("titles_top", of="title_id", on="play", window="1h", tile="15m", k=50, keep=100),
    ),
    slo_s=60,
    description="What a country watches most now: the candidates of its trending row.",
    tags=("trending", "candidates"),
)

TITLE_NEXT = View(
    name="title_next",
    entity=("title_id",),
    events=("play", "played_next"),
    windows={"24h": "30m"},
    features=(
        Count("plays", on="play"),
        TopK("titles_next", of="next_title_id", on="played_next", window="7d", tile="12h", k=10, keep=30),
    ),
    slo_s=60,
    description="What people play after a title: the row that says because you watched.",
    tags=("co-watch", "candidates"),
)

TITLE_RATING = View(
    name="title_rating",
    entity=("title_id",),
    events=("rating",),
    windows={"7d": "6h"},
    features=(
        Count("ratings", on="rating"),
        Mean("stars_mean", of="stars", on="rating", scale=1),
        Variance("stars_variance", of="stars", on="rating", scale=1),
    ),
    slo_s=60,
    description="How a title is rated, and how much people differ about it.",
    tags=("rating",),
)

TITLE_SEEK = View(
    name="title_seek",
    entity=("title_id",),
    events=("seek",),
    windows={"24h": "1h"},
    features=(
        Count("skips", on="seek", where="kind = 'skip'"),
        Count("rewinds", on="seek", where="kind = 'rewind'"),
        Count("fast_forwards", on="seek", where="kind = 'fast_forward'"),
        Sum("moved_ms", of="to_ms - from_ms", on="seek", scale=1),
    ),
    slo_s=60,
    description="Where a title bores and what is seen twice: skipped, rewound and wound forward.",
    tags=("engagement",),
)
