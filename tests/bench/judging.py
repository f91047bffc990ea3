"""Reading and judging, by the size of a batch, beside fastavro one event at a time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from random import Random

import numpy as np

from headwater.traffic.generate import traffic
from headwater.traffic.population import make_world
from schemas.codec import decode_batch
from schemas.events import EVENTS
from schemas.topics import raw
from tests.bench.figure import Plan, Row, cpu_us
from tests.bench.plain_rules import judged, read
from validators import ruleset
from validators.gate import Gate, Ints, NoLog, Records, Unchanging
from validators.judge import judge

_START_MS = 1_780_000_000_000
_EVENT = "play"


def judging(_: Plan) -> Iterator[Row]:
    """CPU-µs an event on one core, sound plays only; a gate sees all but the first batch as duplicates."""
    rules = ruleset.load()
    world = make_world(Random("bench"), 2_000, 500)
    sent = traffic(world, 1_000, 30, _START_MS, seed=1)
    plays = [m.value for m in sent if m.event == _EVENT and m.value][:2_000]
    event = EVENTS[_EVENT]
    yield Row(
        "fastavro, one by one", "µs/event", cpu_us(lambda: [read(_EVENT, v) for v in plays], len(plays))
    )
    by_hand = cpu_us(lambda: [judged(_EVENT, v, _START_MS + 60_000) for v in plays], len(plays))
    yield Row("fastavro and plain ifs, one by one", "µs/event", by_hand)
    for size in (100, 500, 2_000):
        values, times = plays[:size], np.full(size, _START_MS + 60_000)
        of = f"batches of {size:,}"
        decode = partial(decode_batch, event, values)
        alone = partial(judge, {_EVENT: np.arange(size)}, values, times, rules)
        yield Row(f"decode_batch, {of}", "µs/event", cpu_us(decode, size))
        yield Row(f"judge, {of}", "µs/event", cpu_us(alone, size))
        yield Row(
            f"Gate.judge, {of}",
            "µs/event",
            cpu_us(Passing(Gate(Unchanging(rules), NoLog()), values, times), size),
        )


class Passing:
    """The same batch through a gate again and again, as the next offsets of its partition."""

    def __init__(self, gate: Gate, values: list[bytes], times: Ints) -> None:
        self._gate, self._values, self._times, self._next = gate, values, times, 0

    def __call__(self) -> None:
        size = len(self._values)
        offsets = np.arange(self._next, self._next + size)
        self._next += size
        partition = np.zeros(size, np.int64)
        self._gate.judge(Records([raw(_EVENT)] * size, partition, offsets, self._times, self._values))
