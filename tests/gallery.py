"""Views with one of each that can be declared, some with conditions, some over fields that may be null."""

from __future__ import annotations

from features.before import Before
from features.catalog import VIEWS
from features.derived import Difference, Rate, Velocity
from features.distinct import Distinct
from features.extremes import First, Last, LastNumber, Max, Min
from features.harmonic import Harmonic
from features.quantile import Quantile
from features.recent import LastK
from features.sums import Count, DecayedSum, Mean, Sum, Variance
from features.top import TopK
from features.view import Each, View

GALLERY = View(
    name="gallery",
    entity=("member_id",),
    events=("play", "pause", "search", "hover"),
    windows={"10m": "60s", "24h": "30m"},
    features=(
        Count("plays", on="play"),
        Count("long_hovers", on="hover", where="dwell_ms > 300000 OR `row` = 0"),
        Sum("dwell_sum", of="dwell_ms", on="hover", scale=1),
        Mean("rank_mean", of="`rank`", on="play"),
        Variance("share_variance", of="position_ms * 1E0 / runtime_ms", on="pause", scale=10**6),
        DecayedSum("plays_decayed", on="play", half_life="1h", window="24h"),
        DecayedSum("dwell_decayed", on="hover", half_life="90m", window="24h", of="dwell_ms"),
        Min("rank_min", of="`rank`", on="play"),
        Max("dwell_max", of="dwell_ms", on="hover"),
        First("title_first", of="title_id", on="play", where="`rank` IS NULL"),
        First("device_first", of="device_type", size_bytes=8),
        Last("title_last", of="title_id", on="hover"),
        Rate("plays_per_hover", numerator="plays", denominator="long_hovers", prior=0.5, strength=2.0),
        Difference("rank_spread", of="dwell_max", less="rank_min"),
        Max("latest_ms", of="event_time"),
        Velocity("velocity", of="plays", short="10m", long="24h"),
        TopK(
            "devices_top",
            of="device_type",
            on="play",
            window="24h",
            tile="6h",
            k=2,
            keep=3,
            size_bytes=8,
            where="`row` < 3",
        ),
        LastK("titles_seen", of="title_id", on="hover", window="6h", k=3),
        LastK(
            "devices_watched",
            of="device_type",
            on="pause",
            window="1h",
            k=3,
            size_bytes=8,
            with_="position_ms * 1E0 / runtime_ms",
        ),
        Harmonic("dwell_next", of="title_id", on="hover", window="1h", k=3, with_="dwell_ms"),
        Distinct("devices", of="device_type", on="hover", window="24h", tile="12h"),
        Before("hovers_first", of="event_time", on="hover", window="24h", before="latest_ms", k=2),
        Quantile("rank", of="`rank`", on="play", window="24h", tile="12h", q=(0.5, 0.99), least=1, most=200),
    ),
    slo_s=60,
    description="One of each, so that the laws of the algebra are tried on all that can be declared.",
)

TAKEN = View(
    name="gallery_taken",
    entity=("title_id", "shelf"),
    events=("hover", "taken_hover"),
    windows={"24h": "30m"},
    features=(
        Count("hovers", on="hover"),
        Count("takes", on="taken_hover", unique="event_id"),
        Count("members", on="hover", unique="member_id"),
        LastNumber("dwell_last", of="dwell_ms", on="hover", size_bytes=8),
    ),
    slo_s=60,
    description="Events that another followed, a column of an expression, and a condition on all events.",
    where="`rank` IS NULL OR `rank` < 100",
    derived={"shelf": "CAST(`row` AS STRING)"},
)

WORDS = View(
    name="gallery_words",
    entity=("word",),
    events=("search", "answered_search"),
    windows={"24h": "30m"},
    features=(
        Count("searches", on="search"),
        Count("answered", on="answered_search", unique="event_id"),
    ),
    slo_s=60,
    description="A row for each part of a text, and what a search led to.",
    each=Each("word", of="query", separator=" "),
)

#: What laws are tried on: what is shipped, and the gallery.
EVERY: dict[str, View] = {**VIEWS, **{view.name: view for view in (GALLERY, TAKEN, WORDS)}}
