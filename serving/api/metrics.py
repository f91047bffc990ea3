"""What the API measures of itself, told at ``/metrics`` in the format of Prometheus."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from schemas.metric import Kind, Metric
from serving.api.allowed import needs


def _metric(name: str, kind: Kind, unit: str, labels: tuple[str, ...], meaning: str) -> Metric:
    return Metric(f"headwater_api_{name}", kind, unit, labels, meaning)


REQUESTS = _metric("requests", "counter", "", ("route", "status"), "Requests that were answered.")
TOOK = _metric(
    "took_seconds", "histogram", "seconds", ("route",), "From the first byte to the last of an answer."
)
UNDER_WAY = _metric("under_way", "gauge", "", (), "Requests that are being answered.")
REFUSED = _metric("refused", "counter", "", ("why",), "Requests not taken on: full, large or slow.")
ROWS = _metric("rows", "counter", "", ("view", "status"), "Entities that were read, by status.")
LOGGED = _metric("logged", "counter", "", ("fate",), "Rows for the log of what was served: written, dropped.")
CATALOGUE = (REQUESTS, TOOK, UNDER_WAY, REFUSED, ROWS, LOGGED)

_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
#: Where the processes of a server put what they count, so that any of them can tell of all.
SHARED = "PROMETHEUS_MULTIPROC_DIR"

router = APIRouter(tags=["health"], dependencies=[needs("metrics")])


@router.get("/metrics", response_class=Response)
def metrics(request: Request) -> Response:
    """All of them, of all processes of this server, and what else it was given to tell.

    No coroutine: what else there is may take its time, and then others are answered meanwhile.
    """
    held: Metrics = request.app.state.metrics
    return Response(held.text(), media_type=CONTENT_TYPE_LATEST)


class Metrics:
    """The catalogue, counted for one app; `more` tells of something else, and is asked with each scrape."""

    def __init__(self, more: Iterable[Collector] = ()) -> None:
        self._registry, self._more = CollectorRegistry(), CollectorRegistry()
        self._made = {metric: _made(metric, self._registry) for metric in CATALOGUE}
        for collector in more:
            self._more.register(collector)

    def count(self, metric: Metric, *labels: str, by: float = 1.0) -> None:
        """Add to a counter, or to a gauge."""
        self._of(metric, labels).inc(by)

    def observe(self, metric: Metric, *labels: str, value: float) -> None:
        """Put a value into a histogram."""
        self._of(metric, labels).observe(value)

    def text(self) -> bytes:
        """What Prometheus reads."""
        registry = self._registry
        if SHARED in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry) + generate_latest(self._more)

    def _of(self, metric: Metric, labels: tuple[str, ...]) -> Any:
        made = self._made[metric]
        return made.labels(*labels) if labels else made


def _made(metric: Metric, registry: CollectorRegistry) -> Any:
    told = metric.name, metric.meaning, metric.labels
    match metric.kind:
        case "gauge":
            return Gauge(*told, registry=registry, multiprocess_mode="livesum")
        case "histogram":
            return Histogram(*told, registry=registry, buckets=_BUCKETS)
        case _:
            return Counter(*told, registry=registry)
