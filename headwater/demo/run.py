"""The demo: traffic with faults into the real thing, watched live, then held against the truth."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from headwater.commands.status import progress
from headwater.demo.probes import Freshness, Prober
from headwater.errors import HeadwaterError
from headwater.positions import Watcher
from headwater.runtime.endpoints import Endpoints
from headwater.traffic.producer import KafkaSink
from serving import FeatureReader
from sinks.redis_features import connect

#: How long the last events may take until the ledger must balance: some checkpoints.
SETTLE_S = 60.0
#: Traffic before freshness is measured: until then a JVM that has just started is still compiling itself.
WARM_UP_S = 20.0
_REFRESH_S = 1.0
_OUTCOMES = ("read", "counted", "quarantined", "duplicate", "late")


@dataclass(frozen=True)
class Load:
    """The traffic of a demo."""

    rate: int
    seconds: int
    faults: float
    seed: int


@dataclass(frozen=True)
class Result:
    """What came of it: counts of this run by outcome, as sent and as the ledger has them."""

    sent: dict[str, int]
    found: dict[str, int]
    ledger: list[dict[str, Any]]
    reasons: dict[str, int]
    freshness: Freshness
    events_per_s: float

    @property
    def problems(self) -> list[str]:
        """Why the run failed; empty when every event and every probe is accounted for."""
        problems = [
            f"{name}: {self.sent[name]:,} expected, {self.found.get(name, 0):,} found"
            for name in _OUTCOMES
            if self.sent[name] != self.found.get(name, 0)
        ]
        problems += [f"the ledger of {e['event']} does not balance" for e in self.ledger if not e["balanced"]]
        if self.freshness.lost:
            problems.append(f"{self.freshness.lost} of {self.freshness.sent} probes were never readable")
        return problems


Progress = dict[str, Any]
Watch = Callable[[Progress, Freshness, float], None]


def run(where: Endpoints, load: Load, watch: Watch) -> Result:
    """Send the load and wait until all of it has ended; `watch` is shown the progress every second."""
    with Watcher(where.kafka) as kafka, closing(connect(where.redis)) as redis:

        def now() -> Progress:
            return progress(kafka, redis)

        start = _settled(now, read=0)
        before = _totals(start["ledger"])
        sink, reader, name = KafkaSink(where.kafka), FeatureReader(redis), str(int(time.time()))
        warm = _first_feature(Prober(sink, reader, f"{name}-warm"))
        prober = Prober(sink, reader, name)
        traffic = _generate(where.kafka, load)
        began = time.monotonic()
        try:
            while traffic.poll() is None:
                if not prober.found.sent and time.monotonic() - began > WARM_UP_S:
                    prober.start()
                watch(now(), prober.found, time.monotonic() - began)
                time.sleep(_REFRESH_S)
            freshness = prober.stop(patience_s=30.0)
        finally:
            traffic.kill()
            output, errors = traffic.communicate()
        if traffic.returncode:
            raise HeadwaterError(f"the traffic generator ended with {traffic.returncode}", errors.strip())
        truth = json.loads(output)
        sent = _expected(truth, warm.sent + freshness.sent)
        took_s = load.seconds + WARM_UP_S + truth["behind_ms"] / 1_000
        end = _settled(now, before["read"] + sent["read"])
        found = _totals(end["ledger"]) - before
    reasons: Counter[str] = Counter(end["reasons"])
    reasons.subtract(start["reasons"])
    return Result(
        sent, dict(found), end["ledger"], dict((+reasons).most_common()), freshness, truth["sent"] / took_s
    )


def _first_feature(prober: Prober) -> Freshness:
    """Wait for the first feature: Python workers start with the first event, once, and take seconds."""
    prober.start()
    deadline = time.monotonic() + SETTLE_S
    while not prober.found.seconds and time.monotonic() < deadline:
        time.sleep(_REFRESH_S / 10)
    warm = prober.stop(patience_s=10.0)
    if not warm.seconds:
        raise HeadwaterError(f"no feature after {SETTLE_S:.0f} s", "see the jobs with headwater status")
    return warm


def _generate(kafka: str, load: Load) -> subprocess.Popen[str]:
    """A process of its own: a sender that waits for the watcher would measure the watcher."""
    seconds = load.seconds + int(WARM_UP_S)
    options = {"rate": load.rate, "seconds": seconds, "seed": load.seed, "faults": load.faults}
    arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "headwater", "generate", "--json", "--kafka", kafka, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _expected(truth: dict[str, Any], probes: int) -> dict[str, int]:
    total: Counter[str] = Counter()
    for outcomes in truth["outcomes"].values():
        total.update(outcomes)
    return {
        "read": total["sent"] + probes,
        "counted": total["valid"] + probes,
        "quarantined": total["quarantined"],
        "duplicate": total["duplicate"],
        "late": total["late"],
    }


def _totals(ledger: list[dict[str, Any]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for entry in ledger:
        total.update({name: entry[name] for name in _OUTCOMES})
    return total


def _settled(now: Callable[[], Progress], read: int) -> Progress:
    deadline = time.monotonic() + SETTLE_S
    while True:
        found = now()
        done = _totals(found["ledger"])["read"] >= read and all(e["balanced"] for e in found["ledger"])
        if done or time.monotonic() > deadline:
            return found
        time.sleep(_REFRESH_S)
