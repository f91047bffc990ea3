"""What goes wrong in made-up windows: for each kind of watch some worlds, from plain to hard to see."""

from __future__ import annotations

from collections import Counter

import numpy as np

from tests.minutes import Window, World
from validators.watch.histogram import histogram

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
ZIPF = 1 / np.arange(1, 2_001)
ZIPF /= ZIPF.sum()

Cells = dict[str, int]


def counts(per_window: float, factor: float) -> Window:
    """So many events on average, times the factor where something is wrong."""
    return lambda busy, wrong, rng: (int(rng.poisson(per_window * busy * (factor if wrong else 1))), 0, None)


def shares(per_window: float, usual: float, then: float) -> Window:
    """A share of events that rises where something is wrong; it varies more than chance alone would."""

    def window(busy: float, wrong: bool, rng: np.random.Generator) -> tuple[int, int, None]:
        n, share = int(rng.poisson(per_window * busy)), then if wrong else usual
        return n, int(rng.binomial(n, share * rng.uniform(0.9, 1.1))), None

    return window


def runtimes(per_window: float, factor: float) -> Window:
    """Log-normal runtimes, longer by the factor where something is wrong."""

    def window(busy: float, wrong: bool, rng: np.random.Generator) -> tuple[int, int, Cells]:
        n = int(rng.poisson(per_window * busy))
        return n, 0, lognormal(rng, n, factor if wrong else 1.0)

    return window


def versions(per_window: float, moved: int) -> Window:
    """Very many versions by popularity; where something is wrong the most popular ones are others."""

    def window(busy: float, wrong: bool, rng: np.random.Generator) -> tuple[int, int, Cells]:
        n = int(rng.poisson(per_window * busy))
        return n, 0, zipf(rng, n, moved if wrong else 0)

    return window


def lognormal(rng: np.random.Generator, n: int, factor: float) -> Counter[str]:
    """A histogram of n runtimes around 45 minutes."""
    return histogram((factor * rng.lognormal(np.log(45 * MINUTE_MS), 0.5, n)).tolist())


def zipf(rng: np.random.Generator, n: int, moved: int = 0) -> Cells:
    """A histogram of n values of 2,000 by Zipf's law, of which the first `moved` have gone to the end."""
    drawn = rng.multinomial(n, np.roll(ZIPF, -moved))
    return {f"v{i:05}": int(drawn[i]) for i in np.flatnonzero(drawn)}


def _world(
    watch: str, window: Window, days: int, quiet_days: int, lasts_min: int, every_h: int = 17
) -> World:
    # Every 17 hours: no hour of the day is spared.
    return World(watch, window, days, quiet_days, lasts_min * MINUTE_MS, every_h * HOUR_MS)


WORLDS: dict[str, World] = {
    "rejected 2% to 30%, 500 a minute": _world("rejected_share", shares(2_500, 0.02, 0.3), 7, 1, 40),
    "rejected 2% to 22%, 500 a minute": _world("rejected_share", shares(2_500, 0.02, 0.22), 7, 1, 40),
    "rejected 2% to 6%, 200 a minute": _world("rejected_above_usual", shares(200, 0.02, 0.06), 5, 1, 60),
    "rejected 2% to 10%, 200 a minute": _world("rejected_above_usual", shares(200, 0.02, 0.1), 5, 1, 60),
    "events stop, 300 a minute": _world("event_silent", counts(300, 0), 7, 1, 15),
    "a slice stops, 60 a minute": _world("slice_silent", counts(300, 0), 7, 1, 30),
    "a slice falls to 20%, 60 a minute": _world("slice_silent", counts(300, 0.2), 7, 1, 30),
    "nulls 2% to 12%, 100 a minute": _world("version_null", shares(500, 0.02, 0.12), 7, 1, 40),
    "nulls 2% to 9%, 100 a minute": _world("version_null", shares(500, 0.02, 0.09), 7, 1, 40),
    "nulls of a version 2% to 12%, 50 a minute": _world(
        "place_on_page_null", shares(250, 0.02, 0.12), 7, 1, 40
    ),
    "three times the traffic, 300 a minute": _world("volume_unusual", counts(300, 3), 21, 8, 60),
    "a third of the traffic, 300 a minute": _world("volume_unusual", counts(300, 1 / 3), 21, 8, 60),
    "runtimes 1.5 times, 100 a minute": _world("runtime_drift", runtimes(1_500, 1.5), 7, 1, 90),
    "runtimes 1.2 times, 100 a minute": _world("runtime_drift", runtimes(1_500, 1.2), 7, 1, 90),
    "dwells of a version 1.5 times, 50 a minute": _world("dwell_drift", runtimes(750, 1.5), 7, 1, 90),
    "dwells 1.5 times, 100 a minute": _world("dwell_mean", runtimes(100, 1.5), 5, 1, 60),
    "the three first versions go, 100 a minute": _world("versions_drift", versions(6_000, 3), 14, 1, 240, 29),
}
