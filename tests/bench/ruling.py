"""What rules cost: the gate with forty of them on an event type against the gate with none, in one run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random
from statistics import median

import numpy as np

from headwater.titles import for_rules
from headwater.traffic.generate import traffic
from headwater.traffic.population import catalogued, make_world
from schemas.events import EVENT_NAMES
from tests.bench.figure import Plan, Row
from tests.bench.forty_rules import FORTY
from tests.bench.judging import Passing
from validators import ruleset
from validators.gate import Gate, NoLog, Unchanging
from validators.rule import Rule
from validators.ruleset import RuleSet
from validators.titles import NO_TITLES, Titles, Told

_START_MS = 1_780_000_000_000
_EVENT = "play"
_REPETITIONS, _EVENTS = 25, 4_000
_OTHER_TITLES = 100_000


def ruling(_: Plan) -> Iterator[Row]:
    """CPU-µs an event, sound plays only, the median of repetitions that take turns; and the ratio."""
    world = make_world(Random("bench"), 2_000, 500)
    sent = traffic(world, 1_000, 30, _START_MS, seed=1)
    plays = [m.value for m in sent if m.event == _EVENT and m.value][:2_000]
    shipped = ruleset.load().rules[_EVENT]
    titles = {f"x{n}": Told() for n in range(_OTHER_TITLES)}
    titles |= for_rules({title.title_id: title for title in catalogued(world.titles)})
    sets: dict[str, tuple[tuple[Rule, ...], Titles]] = {
        "no rules": ((), NO_TITLES),
        f"the {len(shipped)} shipped rules": (shipped, NO_TITLES),
        f"the same, {len(titles):,} titles": (shipped, titles),
        f"{len(FORTY)} rules": (FORTY, NO_TITLES),
    }
    for size in (2_000, 500, 100):
        times = np.full(size, _START_MS + 60_000)
        gates = {
            name: Passing(
                _gate(rules, titles),
                plays[:size],
                times,
            )
            for name, (rules, titles) in sets.items()
        }
        took = _in_turn(gates, _EVENTS // size, size)
        for name, us in took.items():
            yield Row(f"Gate.judge, {name}, batches of {size:,}", "µs/event", us)
        none, *_, forty = took.values()
        yield Row(f"{len(FORTY)} rules against none, batches of {size:,}", "times", forty / none)


def _gate(rules: tuple[Rule, ...], titles: Titles) -> Gate:
    of_event = RuleSet(dict.fromkeys(EVENT_NAMES, ()) | {_EVENT: rules})
    return Gate(Unchanging(of_event), NoLog(), lambda: titles)


def _in_turn(gates: dict[str, Passing], calls: int, size: int) -> dict[str, float]:
    """CPU-µs an event of each gate; each begins with a call apart."""
    took: dict[str, list[float]] = {name: [] for name in gates}
    for n in range(_REPETITIONS + 1):
        for name, gate in gates.items():
            began_s = time.process_time()
            for _ in range(calls):
                gate()
            if n:
                took[name].append((time.process_time() - began_s) / calls / size * 1e6)
    return {name: median(of) for name, of in took.items()}
