"""How well the throughput of a session is foretold by what it was before, on simulated sessions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from math import exp, log
from random import Random
from statistics import fmean, harmonic_mean, median

from headwater.traffic.population import make_world
from headwater.traffic.sessions import events
from tests.bench.figure import Plan, Row

_PER_S, _SECONDS, _START_MS, _SEED = 200, 1_800, 1_780_000_000_000, 3
_LAST = 5

#: Each tells the next of the last few, the newest at the end.
FORECASTS: dict[str, Callable[[Sequence[float]], float]] = {
    "throughput_kbps_next: harmonic mean of the last five": harmonic_mean,
    "the last": lambda last: last[-1],
    "mean of the last five": fmean,
}


def forecast(_: Plan) -> Iterator[Row]:
    """By which factor a forecast is off, in the median; and how often it is too high by a half or more, so
    that a player would stall."""
    world = make_world(Random("forecast"), 2_000, 200)
    sent = events(world, _PER_S, _SECONDS, _START_MS, _SEED, ("playback_health",))
    by_session: dict[str, list[float]] = defaultdict(list)
    asked: list[tuple[list[float], float]] = []
    everyone: list[float] = []
    for _event, record in sent:
        seen, now = by_session[record["session_id"]], float(record["throughput_kbps"])
        if seen:
            asked.append((seen[-_LAST:], now))
        seen.append(now)
        everyone.append(now)
    usual = median(everyone)
    yield Row("reports with one before them", "reports", len(asked))
    for name, tell in {**FORECASTS, "the median of everybody": lambda _: usual}.items():
        off = [log(tell(last) / now) for last, now in asked]
        yield Row(f"{name}: off by", "times", exp(median(map(abs, off))))
        yield Row(f"{name}: half too high or more", "of reports", sum(x > log(1.5) for x in off) / len(off))
