"""What the gate counts for Flink's metrics is a naive count of its verdicts and reasons."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flink_jobs.gate_metrics import GateMetrics, tally
from schemas.events import EVENT_NAMES
from schemas.topics import raw
from validators.gate import Records
from validators.judge import Judgement

pytestmark = pytest.mark.unit

rows = st.tuples(
    st.sampled_from(EVENT_NAMES),
    st.sampled_from(["valid", "rejected"]),
    st.sampled_from([None, "a", "a,b"]),
)


class Counted:
    """A metric group that remembers what its counters count."""

    def __init__(self, names: tuple[str, ...], counts: Counter[tuple[str, ...]]) -> None:
        self.names, self.counts = names, counts

    def add_group(self, name: str, value: str) -> Counted:
        return Counted((*self.names, name, value), self.counts)

    def counter(self, name: str) -> Counted:
        assert (*self.names, name) not in self.counts, "a counter is made once"
        self.counts[(*self.names, name)] = 0
        return Counted((*self.names, name), self.counts)

    def inc(self, n: int) -> None:
        self.counts[self.names] += n


def batch(of: list[tuple[str, str, str | None]]) -> tuple[Records, Judgement]:
    found = Judgement.empty(len(of), "hash")
    for i, (_, verdict, reasons) in enumerate(of):
        found.verdict[i], found.reasons[i] = verdict, reasons
    zeros = np.zeros(len(of), dtype=np.int64)
    return Records([raw(event) for event, _, _ in of], zeros, zeros, zeros, [None] * len(of)), found


@given(batches=st.lists(st.lists(rows, max_size=6), max_size=3))
def test_every_verdict_and_reason_counts(batches: list[list[tuple[str, str, str | None]]]) -> None:
    counts: Counter[tuple[str, ...]] = Counter()
    metrics = GateMetrics(Counted((), counts))
    naive: Counter[tuple[str, ...]] = Counter()
    for of in batches:
        metrics.add(*batch(of))
        for event, verdict, reasons in of:
            naive["event", event, "verdict", verdict, "headwater_events"] += 1
            for reason in (reasons or "").split(",") if reasons else []:
                naive["event", event, "reason", reason, "headwater_events"] += 1
    assert counts == naive


def test_an_empty_batch_counts_nothing() -> None:
    assert tally(*batch([])) == {}
