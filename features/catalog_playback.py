"""Views of how well playback goes: for devices, and for the session that is under way."""

from __future__ import annotations

from features.derived import Rate
from features.extremes import Min
from features.harmonic import Harmonic
from features.quantile import Quantile
from features.sums import Count, Mean, Sum
from features.view import View

DEVICE_PLAYBACK = View(
    name="device_playback",
    entity=("device_type", "app_version"),
    events=("playback_health",),
    windows={"1h": "60s"},
    features=(
        Count("reports", on="playback_health"),
        Count("errors", on="playback_health", where="error_code IS NOT NULL"),
        Rate("error_rate", numerator="errors", denominator="reports", prior=0.01, strength=100.0),
        Sum("rebuffer_ms", of="rebuffer_ms", on="playback_health", scale=1),
        Quantile(
            *("throughput_kbps", "throughput_kbps", "playback_health", "1h"),
            tile="10m",
            q=(0.1, 0.5),
            least=100,
            most=1_000_000,
            error=0.05,
        ),
    ),
    slo_s=60,
    description="How playback goes on a kind of device and a version of the app: who needs a lower bitrate.",
    tags=("playback", "operations"),
)

SESSION_NETWORK = View(
    name="session_network",
    entity=("session_id",),
    events=("playback_health",),
    windows={"10m": "60s"},
    features=(
        Count("reports", on="playback_health"),
        Mean("throughput_kbps_mean", of="throughput_kbps", on="playback_health", scale=1),
        Min("throughput_kbps_min", of="throughput_kbps", on="playback_health"),
        Sum("rebuffers", of="rebuffers", on="playback_health", scale=1),
        Harmonic(
            *("throughput_kbps_next", "event_id", "playback_health", "10m"),
            with_="throughput_kbps",
            k=5,
        ),
    ),
    slo_s=60,
    version=2,
    description="The network of a session that is under way: what its throughput will be next.",
    tags=("playback", "forecast"),
)
