"""Orders to online models, in a running job: heard of by a thread."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from flink_jobs.following import Following, Topic
from flink_jobs.kept_topic import Written
from schemas.orders import Order, read

_LOG = logging.getLogger(__name__)


class LiveOrders:
    """What a topic says that a model has to do. A record that cannot be used is passed over."""

    def __init__(self, topic: Topic, model: str) -> None:
        self._topic, self._model = topic, model
        self._held: dict[bytes, Order] = {}
        self._following = Following("models", topic, self._take)

    def start(self) -> None:
        """Take what is there now, then follow. Raises what the topic raises."""
        self._take(self._topic.written())
        self._following.start()

    def stop(self) -> None:
        """Return once nothing follows any more."""
        self._following.stop()

    def all(self) -> Sequence[Order]:
        """Every order that the model ever had, each once."""
        return tuple(self._held.values())

    def _take(self, records: Sequence[Written]) -> None:
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
