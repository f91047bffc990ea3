"""Made-up windows with ground truth: a daily season, noise, and episodes in which something is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

import numpy as np

from schemas.quality import Alert
from validators.watch import catalog
from validators.watch.declare import Watch
from validators.watch.detect import begin, update
from validators.watch.finding import Finding, Seen
from validators.watch.standing import Standing, step

#: A Monday, 00:00 UTC.
START_MS = 1_780_272_000_000
DAY_MS = 86_400_000
WATCHES: dict[str, Watch] = {watch.name: watch for watch in catalog.load()}

#: A window's events, counted ones and cells, made of how busy it is (1 on average), whether something is
#: wrong, and dice.
Window = Callable[[float, bool, np.random.Generator], tuple[int, int, dict[str, int] | None]]


@dataclass(frozen=True)
class World:
    """What is watched for how many days; after the quiet ones something goes wrong at times, for a while."""

    watch: str
    window: Window
    days: int
    quiet_days: int
    lasts_ms: int
    every_ms: int

    def wrong(self, at_ms: int) -> int | None:
        """The episode that a window ending then lies in."""
        since_ms = at_ms - START_MS - self.quiet_days * DAY_MS
        episode, within_ms = divmod(since_ms, self.every_ms)
        return episode if since_ms > 0 and 0 < within_ms <= self.lasts_ms else None

    def windows(self, seed: int) -> Iterator[Seen]:
        """Window after window; how busy it is follows the day, and a noise that lasts some windows."""
        rng, noise = np.random.default_rng(seed), 0.0
        length_ms = WATCHES[self.watch].window_ms
        for at_ms in range(START_MS + length_ms, START_MS + self.days * DAY_MS + 1, length_ms):
            noise = 0.9 * noise + rng.normal(0, 0.05)
            busy = season(at_ms) * math.exp(noise)
            n, k, cells = self.window(busy, self.wrong(at_ms) is not None, rng)
            yield Seen("play", "all", "", at_ms, n, k, cells)


def season(at_ms: int) -> float:
    """How busy it is: most in the evening, a sixth of that early in the morning, more at weekends."""
    hour = at_ms / 3_600_000 % 24
    weekend = 1.2 if at_ms // DAY_MS % 7 in (2, 3) else 1.0
    return weekend * (1 + 0.7 * math.sin((hour - 14) / 24 * 2 * math.pi))


@dataclass(frozen=True)
class Truth:
    """How a watch did: episodes and raised alerts, those found and those right, and the delays in windows."""

    episodes: int
    found: int
    alerts: int
    right: int
    delays: tuple[float, ...]

    @property
    def precision(self) -> float:
        """The share of alerts in an episode; 1 where there are none."""
        return self.right / self.alerts if self.alerts else 1.0

    @property
    def recall(self) -> float:
        """The share of episodes with an alert."""
        return self.found / self.episodes

    @property
    def delay(self) -> float:
        """The median delay of what was found, in windows; NaN where nothing was."""
        return median(self.delays) if self.delays else math.nan


def run(watch: Watch, windows: Iterator[Seen]) -> Iterator[tuple[Finding, Alert | None]]:
    """What a watch says of windows, and the alerts that come of it."""
    memory, standing = begin(watch), Standing()
    for seen in windows:
        memory, finding = update(watch, memory, seen)
        standing, alert = step(watch, standing, finding)
        yield finding, alert


def truth(world: World, seeds: range) -> Truth:
    """Hold what a watch says against what was done to the windows."""
    watch = WATCHES[world.watch]
    episodes = found = alerts = right = 0
    delays: list[float] = []
    for seed in seeds:
        began: dict[int, int] = {}
        told: set[int] = set()
        for finding, alert in run(watch, world.windows(seed)):
            episode = world.wrong(finding.at_ms)
            if episode is not None:
                began.setdefault(episode, finding.at_ms)
            if alert is None or alert.state != "raised":
                continue
            alerts += 1
            right += episode is not None
            if episode is not None and episode not in told:
                told.add(episode)
                delays.append((finding.at_ms - began[episode]) / watch.window_ms + 1)
        episodes, found = episodes + len(began), found + len(told)
    return Truth(episodes, found, alerts, right, tuple(delays))
