"""What the gate counts for Flink's metrics is a naive count of its verdicts and reasons."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flink_jobs.gate_metrics import MOST_REASONS, GateMetrics
from schemas.events import EVENT_NAMES
from schemas.topics import raw
from validators.gate import Records
from validators.judge import Judgement

pytestmark = pytest.mark.unit

Row = tuple[str, str, str | None]

rows = st.tuples(
    st.sampled_from(EVENT_NAMES),
    st.sampled_from(["valid", "rejected"]),
    st.sampled_from([None, "a", "a,b"]),
)


class Group:
    """A metric group that remembers what its counters count."""

    def __init__(self, names: tuple[str, ...], counts: Counter[tuple[str, ...]]) -> None:
        self.names, self.counts = names, counts

    def add_group(self, name: str, value: str) -> Group:
        return Group((*self.names, name, value), self.counts)

    def counter(self, name: str) -> Group:
        assert (*self.names, name) not in self.counts, "a counter is made once"
        self.counts[*self.names, name] = 0
        return Group((*self.names, name), self.counts)

    def inc(self, n: int) -> None:
        self.counts[self.names] += n


def batch(of: list[Row]) -> tuple[Records, Judgement]:
    found = Judgement.empty(len(of), "hash")
    for i, (_, verdict, reasons) in enumerate(of):
        found.verdict[i], found.reasons[i] = verdict, reasons
    zeros = np.zeros(len(of), dtype=np.int64)
    return Records([raw(event) for event, _, _ in of], zeros, zeros, zeros, [None] * len(of)), found


def counted(*batches: list[Row]) -> Counter[tuple[str, ...]]:
    counts: Counter[tuple[str, ...]] = Counter()
    metrics = GateMetrics(Group((), counts))
    for of in batches:
        metrics.add(*batch(of))
    return counts


@given(batches=st.lists(st.lists(rows, max_size=6), max_size=3))
def test_every_verdict_and_reason_counts(batches: list[list[Row]]) -> None:
    naive: Counter[tuple[str, ...]] = Counter()
    for event, verdict, reasons in (row for of in batches for row in of):
        naive["event", event, "verdict", verdict, "headwater_events"] += 1
        for reason in reasons.split(",") if reasons else []:
            naive["reason", reason, "headwater_failures"] += 1
    assert counted(*batches) == naive


def test_reasons_beyond_the_bound_share_a_counter() -> None:
    names = [f"r{i}" for i in range(MOST_REASONS + 5)]
    found = counted([("play", "rejected", ",".join(names))], [("play", "rejected", f"r0,{names[-1]}")])
    assert found["reason", "r0", "headwater_failures"] == 2
    assert found["reason", "other", "headwater_failures"] == 6
    assert len([labels for labels in found if labels[0] == "reason"]) == MOST_REASONS + 1
