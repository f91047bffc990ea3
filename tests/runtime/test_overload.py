"""More than the machine can carry: what waits, waits in Kafka; memory stays as it is, and nothing is lost.

HEADWATER_LOAD_SECONDS sets how long each phase takes: warm-up, edge of capacity, and twice that.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from headwater.demo.probes import Freshness, Prober
from headwater.positions import Watcher
from headwater.runtime.endpoints import Endpoints
from headwater.runtime.paths import Paths
from headwater.settings import Settings
from headwater.traffic.producer import KafkaSink
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
LOOK_S = 5.0
MOST_GROWTH = 0.05
OUTCOMES = {"counted": "valid", "quarantined": "quarantined", "duplicate": "duplicate", "late": "late"}


@dataclass
class Phase:
    """What was seen under a load: lag of both jobs and memory of the stack, every few seconds."""

    name: str
    rate_per_s: int
    lag: list[int] = field(default_factory=list)
    rss_mib: list[int] = field(default_factory=list)
    freshness: Freshness = field(default_factory=Freshness)

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
    settings: Settings, where: Endpoints, name: str, rate_per_s: int, seconds: int, sent: Counter[str]
) -> Phase:
    """Send so much for so long; `sent` is told what should become of it."""
    phase = Phase(name, rate_per_s)
    options = {"rate": rate_per_s, "seconds": seconds, "faults": 0.01, "seed": len(sent) + seconds}
    words = [word for option, value in options.items() for word in (f"--{option}", str(value))]
    command = [sys.executable, "-m", "headwater", "generate", "--json", "--kafka", where.kafka, *words]
    with closing(connect(where.redis)) as redis, Watcher(where.kafka) as kafka:
        prober = Prober(KafkaSink(where.kafka), FeatureReader(redis), f"{name}-{time.time_ns()}")
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as traffic:
            prober.start()
            while traffic.poll() is None:
                time.sleep(LOOK_S)
                look(phase, settings, kafka, live(redis).generation)
            output, _ = traffic.communicate()
        phase.freshness = prober.stop(patience_s=300.0)
    for outcomes in json.loads(output)["outcomes"].values():
        sent.update(outcomes)
    sent.update(sent=phase.freshness.sent, valid=phase.freshness.sent)
    print(phase, flush=True)
    return phase


def look(phase: Phase, settings: Settings, kafka: Watcher, generation: int) -> None:
    """Take note of lag and memory now."""
    lag = kafka.look(generation).lag()
    phase.lag.append(sum(lag[job] for job in chaos.JOBS))
    phase.rss_mib.append(sum(use.rss_bytes for use in usage(Paths.of(settings)).values()) >> 20)


def test_twice_the_load_waits_in_kafka_and_is_caught_up_with(running: tuple[Settings, Endpoints]) -> None:
    settings, where = running
    sent: Counter[str] = Counter()
    loaded(settings, where, "warm-up", EDGE_PER_S, WARM_S, sent)
    edge = loaded(settings, where, "edge", EDGE_PER_S, EDGE_S, sent)
    twice = loaded(settings, where, "twice", 2 * EDGE_PER_S, TWICE_S, sent)
    began = time.monotonic()
    after = loaded(settings, where, "after", AFTER_PER_S, AFTER_S, sent)
    found: dict[str, Any] = chaos.settle(where, sent["sent"], patience_s=300.0)
    print(f"settled {time.monotonic() - began:.0f} s after the overload")

    total: Counter[str] = Counter()
    for entry in found["ledger"]:
        assert entry["balanced"], entry
        total.update({name: entry[name] for name in OUTCOMES})
    assert total == {name: sent[outcome] for name, outcome in OUTCOMES.items()}
    assert sum(phase.freshness.lost for phase in (edge, twice, after)) == 0
    tenth = max(1, len(edge.rss_mib) // 10)
    growth = median(edge.rss_mib[-tenth:]) / median(edge.rss_mib[:tenth]) - 1
    more = twice.rss_mib[-1] / edge.rss_mib[-1] - 1
    print(f"memory at the edge grew by {growth:.1%}, and by {more:.1%} at twice")
    assert growth < MOST_GROWTH
