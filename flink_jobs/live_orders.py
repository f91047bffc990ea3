"""Orders to online models, in a running job: heard of by a thread."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from flink_jobs.following import Following, Topic
from flink_jobs.kept_topic import Written
from schemas.orders import Order, read

_LOG = logging.getLogger(__name__)


class LiveOrders(Following):
    """What a topic says that a model has to do. A record that cannot be used is passed over."""

    def __init__(self, topic: Topic, model: str) -> None:
        super().__init__("models", topic)
        self._model = model
        self._held: dict[bytes, Order] = {}

    def all(self) -> Sequence[Order]:
        """Every order that the model ever had, each once."""
        return tuple(self._held.values())

    def take(self, records: Sequence[Written]) -> None:
        """Hold those of the model."""
        found = dict(self._held)
        for record in records:
            try:
                order = read(record.value)
            except ValueError as error:
                _LOG.warning("order of offset %d is passed over: %s", record.version, error)
                continue
            if order.model == self._model:
                found[order.key] = order
        self._held = found
