"""What the gate tells Flink's metrics, and so Prometheus: events by verdict, and failures by reason.

Python hands every counter to Flink at the end of every bundle, whether it has moved or not, about 12 µs each:
so reasons are not told by event type, and only so many of them by name. What SQL keeps from Python
(`oversize`, `null_key`) comes as null and counts as `empty_value`.
https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/dev/python/table/metrics/
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from schemas.topics import event_of
from validators.gate import Records
from validators.judge import Judgement, names_of

#: Names of counters. Their labels stand in groups, by name and value: event and verdict; reason.
EVENTS, FAILURES = "headwater_events", "headwater_failures"

#: So many reasons have a counter of their own, in the order in which they come; the others share one.
MOST_REASONS = 40
OTHER = "other"

Labels = tuple[tuple[str, str], ...]


def verdicts(records: Records, found: Judgement) -> Counter[Labels]:
    """How many records of each event type had which verdict."""
    counts: Counter[Labels] = Counter()
    for topic, rows in records.of_topic.items():
        for verdict, n in Counter(found.verdict[rows].tolist()).items():
            counts[("event", event_of(topic)), ("verdict", verdict)] = n
    return counts


def reasons(found: Judgement) -> Counter[str]:
    """How many records had each reason; a record may have several."""
    counts: Counter[str] = Counter()
    for told, n in Counter(found.reasons.tolist()).items():
        for reason in names_of(told):
            counts[reason] += n
    return counts


class GateMetrics:
    """Counters in a metric group of PyFlink, each made when there is first something to count."""

    def __init__(self, group: Any) -> None:
        self._group = group
        self._counters: dict[Labels, Any] = {}
        self._named: set[str] = set()

    def add(self, records: Records, found: Judgement) -> None:
        """Count a batch: one addition for each counter that it concerns."""
        for labels, n in verdicts(records, found).items():
            self._inc(EVENTS, labels, n)
        for reason, n in reasons(found).items():
            if len(self._named) < MOST_REASONS:
                self._named.add(reason)
            self._inc(FAILURES, (("reason", reason if reason in self._named else OTHER),), n)

    def _inc(self, name: str, labels: Labels, n: int) -> None:
        if labels not in self._counters:
            group = self._group
            for label, value in labels:
                group = group.add_group(label, value)
            self._counters[labels] = group.counter(name)
        self._counters[labels].inc(n)
