"""How seldom watches cry wolf, and how soon they see what changed: streams of chance, and made-up minutes."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

import numpy as np

from tests.bench.figure import Plan, Row
from tests.minutes import START_MS, WATCHES, truth
from tests.worlds import WORLDS, lognormal, zipf
from validators.watch.declare import Drift, Watch
from validators.watch.detect import begin, update
from validators.watch.finding import Seen
from validators.watch.standing import Standing, step

STREAMS = 20
STABLE_EVENTS, BEFORE_EVENTS, AFTER_EVENTS = 50_000, 20_000, 10_000
#: Events of a window of counts, and of one of a histogram.
PER_WINDOW, SIZES = 50, (200, 2_000, 20_000)
WINDOWS, REFERENCE = 200, 5_000
RATE, SHIFTED = 0.05, 0.10
#: How many times more a field is after it has moved.
TIMES = 1.5
_SEEDS = 2


def drift(_: Plan) -> Iterator[Row]:
    """All of it is seeded: two runs tell the same."""
    yield from _of_shares()
    yield from _of_fields()
    yield from _of_histograms()
    for name, world in WORLDS.items():
        found = truth(world, range(_SEEDS))
        yield Row(f"{name}: episodes", "", found.episodes)
        yield Row(f"{name}: precision", "of alerts", found.precision)
        yield Row(f"{name}: recall", "of episodes", found.recall)
        yield Row(f"{name}: delay", f"windows of {_length(world.watch)}", found.delay)


def alarms(watch: Watch, windows: Iterator[Seen]) -> list[int]:
    """The places, from 1, of the windows that raised an alert."""
    memory, standing, raised = begin(watch), Standing(), []
    for place, seen in enumerate(windows, 1):
        memory, finding = update(watch, memory, seen)
        standing, alert = step(watch, standing, finding)
        if alert is not None and alert.state == "raised":
            raised.append(place)
    return raised


def bernoulli(seed: int, *parts: tuple[int, float]) -> Iterator[Seen]:
    """Windows of PER_WINDOW events, of which each counts with the probability of its part."""
    rng, at_ms = np.random.default_rng(seed), START_MS
    for events, probability in parts:
        for k in rng.binomial(PER_WINDOW, probability, events // PER_WINDOW).tolist():
            at_ms += 60_000
            yield Seen("play", "all", "", at_ms, PER_WINDOW, k)


def fields(seed: int, *parts: tuple[int, float]) -> Iterator[Seen]:
    """Windows of PER_WINDOW events with a number each, log-normal, times the factor of its part."""
    rng, at_ms = np.random.default_rng(seed), START_MS
    for events, factor in parts:
        for _ in range(events // PER_WINDOW):
            at_ms += 60_000
            yield Seen("play", "all", "", at_ms, PER_WINDOW, 0, lognormal(rng, PER_WINDOW, factor))


def histograms(kind: str, seed: int, n: int, windows: int, *, moved: int = 0) -> Iterator[Seen]:
    """The reference, then stable windows of n events; then as many that differ, if something `moved`."""
    rng = np.random.default_rng(seed)
    for place in range(1 + windows * (2 if moved else 1)):
        size, other = (n if place else REFERENCE), place > windows
        cells = _drawn(kind, rng, size, moved if other else 0)
        yield Seen("play", "all", "", START_MS + place * 3_600_000, size, 0, cells)


def pinned(name: str) -> Drift:
    """The shipped watch of that name, whose reference is its first window."""
    watch = WATCHES[name]
    assert isinstance(watch, Drift)
    return watch.model_copy(update={"learn": 1, "reference": REFERENCE})


OF_KIND = {"Zipf": "versions_drift", "log-normal": "runtime_drift"}


def _of_shares() -> Iterator[Row]:
    watch = WATCHES["rejected_above_usual"]
    stable = [len(alarms(watch, bernoulli(seed, (STABLE_EVENTS, RATE)))) for seed in range(STREAMS)]
    yield Row(f"ADWIN: {STREAMS} stable streams of {STABLE_EVENTS:,} events", "false alarms", sum(stable))
    delays: list[int] = []
    for seed in range(STREAMS):
        raised = alarms(watch, bernoulli(seed, (BEFORE_EVENTS, RATE), (AFTER_EVENTS, SHIFTED)))
        delays += [place * PER_WINDOW - BEFORE_EVENTS for place in raised[:1]]
    yield Row(f"ADWIN: {RATE} to {SHIFTED}, found", f"of {STREAMS}", len(delays))
    yield Row(f"ADWIN: {RATE} to {SHIFTED}, median delay", "events", median(delays))
    yield Row(f"ADWIN: {RATE} to {SHIFTED}, longest delay", "events", max(delays))


def _of_fields() -> Iterator[Row]:
    watch = WATCHES["dwell_mean"]
    stable = [len(alarms(watch, fields(seed, (STABLE_EVENTS, 1.0)))) for seed in range(STREAMS)]
    what = f"ADWIN, mean of a field: {STREAMS} stable streams of {STABLE_EVENTS:,} events"
    yield Row(what, "false alarms", sum(stable))
    delays: list[int] = []
    for seed in range(STREAMS):
        raised = alarms(watch, fields(seed, (BEFORE_EVENTS, 1.0), (AFTER_EVENTS, TIMES)))
        delays += [place * PER_WINDOW - BEFORE_EVENTS for place in raised[:1]]
    what = f"ADWIN, mean of a field: {TIMES} times"
    yield Row(f"{what}, found", f"of {STREAMS}", len(delays))
    yield Row(f"{what}, median delay", "events", median(delays))
    yield Row(f"{what}, longest delay", "events", max(delays))


def _of_histograms() -> Iterator[Row]:
    for kind, name in OF_KIND.items():
        watch = pinned(name)
        for n in SIZES:
            false = sum(len(alarms(watch, histograms(kind, s, n, WINDOWS))) for s in range(STREAMS))
            what = f"PSI: {STREAMS} stable {kind} streams of {WINDOWS} windows of {n:,}"
            yield Row(what, "false alarms", false)
            raised = [alarms(watch, histograms(kind, s, n, 5, moved=3)) for s in range(STREAMS)]
            delays = [places[0] - 6 for places in raised if places]
            what = f"PSI: {kind}, {_SHIFT[kind]}, windows of {n:,}"
            yield Row(f"{what}: found within 5", f"of {STREAMS}", len(delays))
            if delays:
                yield Row(f"{what}: median delay", "windows", median(delays))


_SHIFT = {"Zipf": "the 3 first values gone", "log-normal": "1.3 times"}


def _drawn(kind: str, rng: np.random.Generator, n: int, moved: int) -> dict[str, int]:
    if kind == "Zipf":
        return zipf(rng, n, moved)
    return lognormal(rng, n, 1 + moved / 10)


def _length(name: str) -> str:
    return f"{WATCHES[name].window_s // 60} min"
