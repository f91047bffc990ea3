"""What is asked with each scrape of `headwater serve`: Redis, and Kafka for what only it knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from threading import Lock

from prometheus_client.core import Metric as Family
from prometheus_client.registry import Collector

from features.catalog import READABLE
from headwater import rule_versions
from headwater.commands import models, quality, status
from headwater.metrics import told
from headwater.metrics.product import TOLD
from headwater.metrics.told import Sample
from headwater.positions import Reconnecting
from headwater.redis_client import client
from headwater.runtime.endpoints import Endpoints
from headwater.traffic.delivery import wall_ms
from headwater.view_picture import freshness
from headwater.web.gathered import gathered
from headwater.web.kept import Kept
from headwater.web.quality import NOW_MS
from sinks.redis_quality import RedisQuality
from validators.watch import catalog
from validators.watch.declare import Watch

#: Rules change seldom, and to read them takes a quarter of a second of a processor.
_RULES_S = 60.0


class Product(Collector):
    """The product's metrics. A part whose service does not answer is left out, and said to be."""

    def __init__(self, where: Endpoints) -> None:
        self._where = where
        self._kafka = Reconnecting(where.kafka)
        self._rules = Kept(lambda: rule_versions.history(where.kafka).in_force.rules, _RULES_S)
        # Connections are kept, and two may ask at once.
        self._asking = Lock()

    def collect(self) -> Iterator[Family]:
        """All families of which there is anything to tell."""
        parts: dict[str, Callable[[], list[Sample]]] = {
            "progress": self._progress,
            "quality": self._quality,
            "views": self._views,
            "models": self._models,
        }
        with self._asking:
            found = gathered(parts)
        samples: list[Sample] = [(TOLD, (part,), found[part] is not None) for part in parts]
        return told.families(samples + [sample for part in parts for sample in found[part] or ()])

    def _progress(self) -> list[Sample]:
        with client(self._where.redis) as redis:
            return list(told.of_progress(*status.standing(self._kafka, redis)))

    def _quality(self) -> list[Sample]:
        rules = self._rules()
        with client(self._where.redis) as redis:
            found = quality.collect(RedisQuality(redis), rules, NOW_MS, wall_ms())
        return list(told.of_quality(found, rules, self._watches))

    def _views(self) -> list[Sample]:
        with client(self._where.redis) as redis:
            return list(told.of_views(freshness(redis, READABLE, wall_ms())))

    def _models(self) -> list[Sample]:
        found = models.snapshots(self._where.redis)
        return list(told.of_models(models.described(*each) for each in found.items()))

    @cached_property
    def _watches(self) -> tuple[Watch, ...]:
        return tuple(catalog.load())
