"""The demo: traffic with faults into the real thing, watched live, then held against the truth."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from headwater.commands.status import progress
from headwater.demo.probes import Freshness, Prober
from headwater.errors import HeadwaterError
from headwater.runtime.endpoints import Endpoints
from headwater.traffic.producer import KafkaSink
from serving import FeatureReader
from sinks.redis_features import connect

#: How long the last events may take until the ledger must balance: some checkpoints.
SETTLE_S = 60.0
_REFRESH_S = 0.5
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
            f"{name}: {self.sent[name]:,} expected, {self.found[name]:,} found"
            for name in _OUTCOMES
            if self.sent[name] != self.found[name]
        ]
        problems += [f"the ledger of {e['event']} does not balance" for e in self.ledger if not e["balanced"]]
        if self.freshness.lost:
            problems.append(f"{self.freshness.lost} of {self.freshness.sent} probes were never readable")
        return problems


def run(where: Endpoints, load: Load, watch: Callable[[dict[str, Any], Freshness, float], None]) -> Result:
    """Send the load and wait until all of it has ended; `watch` is shown the progress twice a second."""
    before = _totals(progress(where)["ledger"])
    client = connect(where.redis)
    prober = Prober(KafkaSink(where.kafka), FeatureReader(client), run=f"{int(time.time())}")
    traffic = _generate(where.kafka, load)
    began = time.monotonic()
    try:
        prober.start()
        while traffic.poll() is None:
            watch(progress(where), prober.found, time.monotonic() - began)
            time.sleep(_REFRESH_S)
        took_s = time.monotonic() - began
        freshness = prober.stop(patience_s=30.0)
    finally:
        traffic.kill()
        output, errors = traffic.communicate()
        client.close()
    if traffic.returncode:
        raise HeadwaterError(f"the traffic generator ended with {traffic.returncode}", errors.strip())
    sent = _expected(json.loads(output), freshness.sent)
    now = _settled(where, before, sent, lambda p: watch(p, freshness, time.monotonic() - began))
    found = _totals(now["ledger"])
    return Result(sent, dict(found - before), now["ledger"], now["reasons"], freshness, sent["read"] / took_s)


def _generate(kafka: str, load: Load) -> subprocess.Popen[str]:
    """A process of its own: a sender that waits for the watcher would measure the watcher."""
    options = {"rate": load.rate, "seconds": load.seconds, "seed": load.seed, "faults": load.faults}
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


def _settled(
    where: Endpoints, before: Counter[str], sent: dict[str, int], watch: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    deadline = time.monotonic() + SETTLE_S
    while True:
        now = progress(where)
        watch(now)
        read = _totals(now["ledger"])["read"] - before["read"]
        done = read >= sent["read"] and all(entry["balanced"] for entry in now["ledger"])
        if done or time.monotonic() > deadline:
            return now
        time.sleep(_REFRESH_S)
