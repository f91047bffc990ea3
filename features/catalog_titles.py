"""Views of titles: how popular they are, where on the page they are taken, what leads to them."""

from __future__ import annotations

from features.derived import Rate
from features.extremes import Min
from features.sums import Count, DecayedSum
from features.view import View

#: Beyond this share of its runtime a title counts as finished; credits take the rest.
FINISHED = "position_ms * 1E0 / runtime_ms >= 0.9"
ABANDONED = "position_ms * 1E0 / runtime_ms <= 0.2"

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
    ),
    slo_s=60,
    description="How much a title is watched and finished: the bias of a ranker, and how new it is.",
    tags=("popularity", "completion", "cold start"),
)

TITLE_ROW_TAKE = View(
    name="title_row_take",
    entity=("title_id", "shelf"),
    events=("hover", "taken_hover"),
    windows={"24h": "30m"},
    features=(
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
        Count("empty", on="search", where="results = 0"),
        Count("answered", on="answered_search", unique="event_id"),
        Rate("answered_rate", numerator="answered", denominator="searches", prior=0.3, strength=10.0),
    ),
    slo_s=60,
    description="What is searched for now, and whether a play followed: what people want and do not find.",
    derived={"term": "LOWER(TRIM(query))"},
    tags=("search",),
)
