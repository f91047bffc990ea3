"""A view with one of each member of the algebra, some with conditions, some over fields that may be null."""

from __future__ import annotations

from features.catalog import VIEWS
from features.derived import Rate, Velocity
from features.distinct import Distinct
from features.extremes import First, Last, Max, Min
from features.quantile import Quantile
from features.recent import LastK
from features.sums import Count, DecayedSum, Mean, Sum, Variance
from features.top import TopK
from features.view import View

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
        Distinct("devices", of="device_type", on="hover", window="24h", tile="12h"),
        Quantile("rank", of="`rank`", on="play", window="24h", tile="12h", q=(0.5, 0.99), least=1, most=200),
    ),
    slo_s=60,
    description="One of each, so that the laws of the algebra are tried on all that can be declared.",
)

#: What laws are tried on: what is shipped, and the gallery.
EVERY: dict[str, View] = {**VIEWS, GALLERY.name: GALLERY}
