"""More than the machine can carry: what waits, waits in Kafka; memory stays as it is, and nothing is lost.
One member who sends a third of all events holds up nobody else.

HEADWATER_LOAD_SECONDS sets how long each phase takes: warm-up, edge of capacity, and twice that.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from headwater.demo.probes import Freshness, Prober, probe
from headwater.positions import Watcher
from headwater.runtime.endpoints import Endpoints
from headwater.runtime.paths import Paths
from headwater.settings import Settings
from headwater.traffic.delivery import deliver, wall_ms
from headwater.traffic.message import plain
from headwater.traffic.producer import KafkaSink
from headwater.traffic.truth import Truth
from serving import FeatureReader
from sinks.redis_features import connect
from sinks.redis_generations import live
from tests.bench.usage import usage
from tests.runtime import chaos
from tests.stacks import up

pytestmark = [pytest.mark.runtime, pytest.mark.soak]

EDGE_PER_S = 9_000
WARM_S, EDGE_S, TWICE_S = (int(s) for s in os.environ.get("HEADWATER_LOAD_SECONDS", "300,600,60").split(","))
#: While it catches up people still watch something.
AFTER_PER_S, AFTER_S = 2_000, 60
#: The load while one member is hot, and what that member sends on top: all of it in one partition.
OTHERS_PER_S, HOT_PER_S, HOT_S = 3_000, 1_500, 60
#: By how much longer the others may wait for it.
MOST_HELD_UP_S = 1.0
LOOK_S = 5.0
MOST_GROWTH = 0.05
OUTCOMES = {"counted": "valid", "quarantined": "quarantined", "duplicate": "duplicate", "late": "late"}


@dataclass
class Phase:
    """What was seen under a load: lag of both jobs and memory of the stack, every few seconds."""

    name: str
    rate_per_s: int
    lag: list[int] = field(default_factory=list)
    of_each: list[dict[str, int]] = field(default_factory=list)
    freshness: Freshness = field(default_factory=Freshness)

    @property
    def rss_mib(self) -> list[int]:
        """Memory of the stack."""
        return [sum(looked.values()) for looked in self.of_each]

    def grown_mib(self) -> dict[str, int]:
        """By how much each part has grown, from the first tenth of the phase to the last."""
        tenth = max(1, len(self.of_each) // 10)
        first, last = self.of_each[:tenth], self.of_each[-tenth:]
        return {
            name: round(median(of[name] for of in last) - median(of[name] for of in first))
            for name in self.of_each[0]
            if all(name in of for of in (*first, *last))
        }

    def __str__(self) -> str:
        p50, p99 = (self.freshness.percentile_s(p) for p in (50, 99))
        return (
            f"{self.name:8} {self.rate_per_s:6,}/s  freshness p50 {p50:5.2f} s p99 {p99:5.2f} s  "
            f"lag median {median(self.lag):9,.0f} most {max(self.lag):9,}  "
            f"memory {self.rss_mib[0]:,} to {self.rss_mib[-1]:,} MiB"
        )


@pytest.fixture
def running(
    tmp_path: Path, make_settings: Callable[[Path], Settings]
) -> Iterator[tuple[Settings, Endpoints]]:
    settings = make_settings(tmp_path)
    with up(settings) as where:
        chaos.start_jobs(settings, where)
        yield settings, where


def loaded(
    settings: Settings,
    where: Endpoints,
    name: str,
    rate_per_s: int,
    seconds: int,
    sent: Counter[str],
    hot_per_s: int = 0,
) -> Phase:
    """Send so much for so long, and more from one member; `sent` is told what should become of it."""
    phase = Phase(name, rate_per_s)
    options = {"rate": rate_per_s, "seconds": seconds, "faults": 0.01, "seed": len(sent) + seconds}
    words = [word for option, value in options.items() for word in (f"--{option}", str(value))]
    command = [sys.executable, "-m", "headwater", "generate", "--json", "--kafka", where.kafka, *words]
    with closing(connect(where.redis)) as redis, Watcher(where.kafka) as kafka:
        prober = Prober(KafkaSink(where.kafka), FeatureReader(redis), f"{name}-{time.time_ns()}")
        with (
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as traffic,
            hot_member(where, hot_per_s, seconds) as hot,
        ):
            prober.start()
            while traffic.poll() is None:
                time.sleep(LOOK_S)
                look(phase, settings, kafka, live(redis).generation)
            output, _ = traffic.communicate()
        phase.freshness = prober.stop(patience_s=300.0)
    for outcomes in json.loads(output)["outcomes"].values():
        sent.update(outcomes)
    sent.update(sent=phase.freshness.sent + hot.sent, valid=phase.freshness.sent + hot.sent)
    print(phase, flush=True)
    return phase


@contextmanager
def hot_member(where: Endpoints, rate_per_s: int, seconds: int) -> Iterator[Truth]:
    """Searches of one member, evenly spaced, sent by the end of the block."""
    start_ms, truth = wall_ms(), Truth()
    records = (
        probe("hot-member", start_ms + n * 1_000 // rate_per_s) | {"event_id": f"hot-{start_ms}-{n}"}
        for n in range(rate_per_s * seconds)
    )
    messages = (plain(("search", record, None)) for record in records)
    thread = threading.Thread(target=deliver, args=(messages, KafkaSink(where.kafka), truth))
    thread.start()
    yield truth
    thread.join()


def look(phase: Phase, settings: Settings, kafka: Watcher, generation: int) -> None:
    """Take note of lag and memory now."""
    lag = kafka.look(generation).lag()
    phase.lag.append(sum(lag[job] for job in chaos.JOBS))
    held: Counter[str] = Counter()
    for use in usage(Paths.of(settings)).values():
        held[use.part] += use.rss_bytes >> 20
    phase.of_each.append(dict(held))


def test_twice_the_load_waits_in_kafka_and_is_caught_up_with(running: tuple[Settings, Endpoints]) -> None:
    settings, where = running
    sent: Counter[str] = Counter()
    loaded(settings, where, "warm-up", EDGE_PER_S, WARM_S, sent)
    edge = loaded(settings, where, "edge", EDGE_PER_S, EDGE_S, sent)
    twice = loaded(settings, where, "twice", 2 * EDGE_PER_S, TWICE_S, sent)
    began = time.monotonic()
    after = loaded(settings, where, "after", AFTER_PER_S, AFTER_S, sent)
    chaos.settle(where, sent["sent"], patience_s=300.0)
    print(f"settled {time.monotonic() - began:.0f} s after the overload")
    even = loaded(settings, where, "even", OTHERS_PER_S + HOT_PER_S, HOT_S, sent)
    hot = loaded(settings, where, "hot", OTHERS_PER_S, HOT_S, sent, HOT_PER_S)
    found: dict[str, Any] = chaos.settle(where, sent["sent"], patience_s=300.0)

    total: Counter[str] = Counter()
    for entry in found["ledger"]:
        assert entry["balanced"], entry
        total.update({name: entry[name] for name in OUTCOMES})
    assert total == {name: sent[outcome] for name, outcome in OUTCOMES.items()}
    assert sum(phase.freshness.lost for phase in (edge, twice, after, even, hot)) == 0
    held_up_s = hot.freshness.percentile_s(99) - even.freshness.percentile_s(99)
    print(f"one hot member holds the others up by {held_up_s:.2f} s at p99")
    assert held_up_s < MOST_HELD_UP_S
    tenth = max(1, len(edge.rss_mib) // 10)
    growth = median(edge.rss_mib[-tenth:]) / median(edge.rss_mib[:tenth]) - 1
    more = twice.rss_mib[-1] / edge.rss_mib[-1] - 1
    print(f"memory at the edge grew by {growth:.1%}, and by {more:.1%} at twice; in MiB: {edge.grown_mib()}")
    assert growth < MOST_GROWTH
