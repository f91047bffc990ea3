"""The race's job in other engines, beside the hand-written loop: `python -m tests.bench.peers`."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import psutil

from headwater.errors import HeadwaterError
from tests.bench.by_hand import by_hand, scratch_topics, told_by
from tests.bench.figure import Row
from tests.bench.peers.environment import python_of
from tests.bench.report import report, running
from tests.bench.servers import Stack, a_stack
from tests.bench.totals import Totals
from tests.bench.traffic import preload
from tests.bench.usage import spent_s, usage

PEERS = ("quix", "bytewax")


def main() -> None:
    """Run the peers and report them."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.peers", allow_abbrev=False)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="print JSON, for a program to read")
    parser.add_argument("--only", nargs="+", choices=PEERS, default=PEERS, metavar="PEER")
    told = parser.parse_args()
    report({"peers": partial(peers, told.events, told.only)}, as_json=told.json)


def peers(about: int, names: tuple[str, ...]) -> Iterator[Row]:
    """CPU-µs an event of each, and its ratio to the loop; a peer that differs from the loop is void."""
    with a_stack() as stack:
        events = preload(stack.endpoints.kafka, about, time.time_ns() // 1_000_000)
        scratch_topics(stack.endpoints.kafka)
        yield Row("events preloaded", "events", events)
        yield Row("load average at the start", "", psutil.getloadavg()[0])
        before = usage(stack.paths)
        loop, expected = by_hand(stack, "loop", events)
        kafka_s = spent_s(before, usage(stack.paths))["kafka"]
        yield from _rows("loop", loop, kafka_s, events)
        for name in names:
            yield from peer(name, stack, events, loop["cpu_s"], expected)
        yield Row("load average at the end", "", psutil.getloadavg()[0])


def peer(name: str, stack: Stack, events: int, loop_s: float, expected: Totals) -> Iterator[Row]:
    """One peer, or why there is nothing to tell of it."""
    try:
        python = python_of(name)
        with tempfile.TemporaryDirectory(prefix="headwater-peer-") as folder:
            before = usage(stack.paths)
            told, found = told_by(stack, f"tests.bench.peers.in_{name}", [folder], python)
            kafka_s = spent_s(before, usage(stack.paths))["kafka"]
    except (HeadwaterError, OSError, ValueError) as error:
        yield Row(f"{name}: {getattr(error, 'problem', error)}", "void", 0.0)
        return
    if found != expected:
        yield Row(f"{name}: ended with {found}, the loop with {expected}", "void", 0.0)
        return
    yield from _rows(name, told, kafka_s, events)
    yield Row(f"{name}: CPU over the loop's", "x", told["cpu_s"] / loop_s)


def _rows(name: str, told: dict[str, Any], kafka_s: float, events: int) -> Iterator[Row]:
    yield Row(f"{name}: CPU", "µs/event", told["cpu_s"] / events * 1e6)
    yield Row(f"{name}: CPU of Kafka meanwhile", "µs/event", kafka_s / events * 1e6)
    yield Row(f"{name}: start-up", "CPU-s", told["start_up_s"])
    yield Row(f"{name}: memory at its peak", "MiB", told["peak_bytes"] / 2**20)


if __name__ == "__main__":
    with running():
        main()
