"""The views of the benchmarks: two for the race, five for reads."""

from __future__ import annotations

from collections.abc import Mapping

from features.derived import Rate
from features.extremes import Last
from features.sums import Count, Mean
from features.view import View
from schemas.events import EVENT_NAMES

BY_MEMBER = View(
    name="bench_member",
    entity=("member_id",),
    events=EVENT_NAMES,
    windows={"10m": "10s"},
    features=(
        Count("plays", on="play"),
        Count("searches", on="search"),
        Mean("dwell_ms_mean", of="dwell_ms", on="hover", scale=1),
    ),
    slo_s=60,
    description="The race's view by member.",
)

BY_TITLE = View(
    name="bench_title",
    entity=("title_id",),
    events=("play", "hover", "pause"),
    windows={"10m": "10s"},
    features=(
        Count("plays", on="play"),
        Count("hovers", on="hover"),
        Mean("position_ms_mean", of="position_ms", on="pause", scale=1),
    ),
    slo_s=60,
    description="The race's view by title.",
)

RACE = (BY_MEMBER, BY_TITLE)


def _five(name: str, windows: Mapping[str, str]) -> tuple[View, ...]:
    return tuple(
        View(
            name=f"{name}_{n}",
            entity=("title_id",),
            events=("play", "hover", "pause"),
            windows=windows,
            features=(
                Count("plays", on="play"),
                Count("hovers", on="hover"),
                Rate("take_rate", numerator="plays", denominator="hovers", prior=0.3, strength=10.0),
                Mean("watched_share_mean", of="position_ms * 1E0 / runtime_ms", on="pause"),
                Last("device_type_last", of="device_type"),
            ),
            slo_s=60,
            description="One of five views to read.",
        )
        for n in range(5)
    )


#: Ten values each, fifty in all, from two rings each: 129 tiles of 60 bytes an entity and view.
READS = _five("bench_read", {"10m": "10s", "1h": "60s"})

#: The same values of 26 tiles: what one would declare for cheap reads, at the price of blunter windows.
COARSE_READS = _five("bench_read_coarse", {"10m": "60s", "1h": "5m"})
