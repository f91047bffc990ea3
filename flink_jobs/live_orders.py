"""Orders to online models, in a running job: heard of by a thread."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager

from flink_jobs.following import Following, Topic
from flink_jobs.kept_topic import KeptTopic, Written
from schemas.orders import Order, read
from schemas.topics import ORDERS

_LOG = logging.getLogger(__name__)


class LiveOrders(Following):
    """What a topic says that some models have to do. A record that cannot be used is passed over."""

    def __init__(self, topic: Topic, models: Collection[str]) -> None:
        super().__init__("models", topic)
        self._models = models
        self._held: dict[bytes, Order] = {}

    def all(self) -> Sequence[Order]:
        """Every order that the models ever had, each once."""
        return tuple(self._held.values())

    def take(self, records: Sequence[Written]) -> None:
        """Hold those of the models."""
        found = dict(self._held)
        for record in records:
            try:
                order = read(record.value)
            except ValueError as error:
                _LOG.warning("order of offset %d is passed over: %s", record.version, error)
                continue
            if order.model in self._models:
                found[order.key] = order
        self._held = found


@contextmanager
def live_orders(kafka: str, models: Collection[str]) -> Iterator[LiveOrders]:
    """All that some models were ever ordered, followed meanwhile. Raises what the topic raises."""
    with closing(KeptTopic(kafka, ORDERS)) as topic:
        live = LiveOrders(topic, models)
        live.start()
        try:
            yield live
        finally:
            live.stop()
