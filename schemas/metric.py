"""What is measured: a metric as Prometheus knows it, whoever tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: A count is a counter as Flink's reporter tells it: as a gauge, and without `_total`.
Kind = Literal["counter", "count", "gauge", "histogram"]


@dataclass(frozen=True)
class Metric:
    """`name` is whole, `unit` empty where things are counted, and `labels` are those that we ask by: Flink
    gives each of its own some more."""

    name: str
    kind: Kind
    unit: str
    labels: tuple[str, ...]
    meaning: str

    @property
    def series(self) -> str:
        """The name by which an expression asks: of a histogram its buckets.

        >>> Metric("took_seconds", "histogram", "seconds", (), "").series
        'took_seconds_bucket'
        """
        return self.name + {"counter": "_total", "histogram": "_bucket"}.get(self.kind, "")

    @property
    def grows(self) -> bool:
        """Whether it only grows while what tells it lives, so that it has a rate."""
        return self.kind != "gauge"
