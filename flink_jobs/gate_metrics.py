"""What the gate tells Flink's metrics, and so Prometheus: events by verdict, and failures by rule.

https://nightlies.apache.org/flink/flink-docs-stable/docs/dev/python/table/metrics/
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from schemas.topics import event_of
from validators.gate import Records
from validators.judge import Judgement

#: Of a gate's counters: the group, which Prometheus sees as a label, that tells events and failures apart.
VERDICT, REASON = "verdict", "reason"


def tally(records: Records, found: Judgement) -> Counter[tuple[str, str, str]]:
    """How many records of each event type had which VERDICT, and which REASON; each as a triple."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for topic, rows in records.of_topic.items():
        event = event_of(topic)
        for verdict, n in Counter(found.verdict[rows].tolist()).items():
            counts[event, VERDICT, verdict] += n
        for reasons, n in Counter(found.reasons[rows].tolist()).items():
            for reason in reasons.split(",") if reasons else ():
                counts[event, REASON, reason] += n
    return counts


class GateMetrics:
    """Counters `headwater_events`, one for each triple of `tally`, made when it is first counted."""

    def __init__(self, group: Any) -> None:
        self._group = group
        self._counters: dict[tuple[str, str, str], Any] = {}

    def add(self, records: Records, found: Judgement) -> None:
        """Count a batch."""
        for key, n in tally(records, found).items():
            if key not in self._counters:
                event, kind, value = key
                group = self._group.add_group("event", event).add_group(kind, value)
                self._counters[key] = group.counter("headwater_events")
            self._counters[key].inc(n)
