"""What the API measures of itself: one catalogue, told at ``/metrics`` in the format of Prometheus."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Literal

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

from serving.api.allowed import needs


@dataclass(frozen=True)
class Measure:
    """A metric, without its prefix `headwater_api_`."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    unit: str
    labels: tuple[str, ...]
    meaning: str


REQUESTS = Measure("requests", "counter", "", ("route", "status"), "Requests that were answered.")
TOOK = Measure("took", "histogram", "seconds", ("route",), "From the first byte to the last of an answer.")
UNDER_WAY = Measure("under_way", "gauge", "", (), "Requests that are being answered.")
REFUSED = Measure("refused", "counter", "", ("why",), "Requests not taken on: full, large or slow.")
ROWS = Measure("rows", "counter", "", ("view", "status"), "Entities that were read, by status.")
LOGGED = Measure("logged", "counter", "", ("fate",), "Rows for the log of what was served: written, dropped.")
CATALOGUE = (REQUESTS, TOOK, UNDER_WAY, REFUSED, ROWS, LOGGED)

_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
#: Where the processes of a server put what they count, so that any of them can tell of all.
SHARED = "PROMETHEUS_MULTIPROC_DIR"

router = APIRouter(tags=["health"], dependencies=[needs("metrics")])


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """All of them, of all processes of this server."""
    held: Metrics = request.app.state.metrics
    return Response(held.text(), media_type=CONTENT_TYPE_LATEST)


class Metrics:
    """The catalogue, counted for one app."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._made = {measure: _made(measure, self._registry) for measure in CATALOGUE}

    def count(self, measure: Measure, *labels: str, by: float = 1.0) -> None:
        """Add to a counter, or to a gauge."""
        self._of(measure, labels).inc(by)

    def observe(self, measure: Measure, *labels: str, value: float) -> None:
        """Put a value into a histogram."""
        self._of(measure, labels).observe(value)

    def text(self) -> bytes:
        """What Prometheus reads."""
        registry = self._registry
        if SHARED in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)

    def _of(self, measure: Measure, labels: tuple[str, ...]) -> Any:
        made = self._made[measure]
        return made.labels(*labels) if labels else made


def _made(measure: Measure, registry: CollectorRegistry) -> Any:
    name = f"headwater_api_{measure.name}"
    match measure.kind:
        case "counter":
            return Counter(name, measure.meaning, measure.labels, registry=registry, unit=measure.unit)
        case "gauge":
            return Gauge(
                name,
                measure.meaning,
                measure.labels,
                registry=registry,
                unit=measure.unit,
                multiprocess_mode="livesum",
            )
        case "histogram":
            return Histogram(
                name, measure.meaning, measure.labels, registry=registry, unit=measure.unit, buckets=_BUCKETS
            )
