"""The catalogue of titles as it is now, for those that serve: followed by a thread, once there is a Kafka."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from threading import Thread
from typing import Protocol

from flink_jobs.following import Following, Topic
from flink_jobs.kept_topic import KeptTopic, Written
from headwater.errors import HeadwaterError
from headwater.kafka_client import reaching
from headwater.titles import changed
from schemas.titles import Title
from schemas.topics import TITLES

_AGAIN_S = 5.0
_LOG = logging.getLogger(__name__)


class Closed(Topic, Protocol):
    """A topic whose connection is ended by who has followed it."""

    def close(self) -> None:
        """End it."""


class LateTopic:
    """The topic of titles, connected to once somebody answers: a client that finds nobody complains on."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka
        self._topic: KeptTopic | None = None

    def written(self) -> list[Written]:
        """All that is there now. Raises HeadwaterError."""
        with reaching(self._kafka):
            self._topic = self._topic or KeptTopic(self._kafka, TITLES)
            return self._topic.written()

    def next(self, timeout_s: float) -> Written | None:
        """What is added within a time, after all that was written."""
        assert self._topic
        return self._topic.next(timeout_s)

    def close(self) -> None:
        """End the connection, if there is one."""
        if self._topic:
            self._topic.close()


class FollowedTitles(Following):
    """Called, it gives the titles by id, of which there are none until the topic could be read. What it has
    given does not change any more."""

    def __init__(self, topic: Closed, again_s: float = _AGAIN_S) -> None:
        super().__init__("titles", topic)
        self._close = topic.close
        self._held: Mapping[str, Title] = {}
        self._again_s = again_s
        self._starter = Thread(target=self._try, name="headwater-titles-first", daemon=True)

    def __call__(self) -> Mapping[str, Title]:
        """Those of now."""
        return self._held

    def start(self) -> None:
        """Return at once. A topic that cannot be read is tried again and again."""
        self._starter.start()

    def stop(self) -> None:
        """Return once nothing follows any more, but for who waits for a broker that does not answer."""
        self._stop.set()
        self._starter.join(1.0)
        super().stop()
        if not self._starter.is_alive():
            self._close()

    @asynccontextmanager
    async def within(self, _: object) -> AsyncIterator[None]:
        """Followed for as long as an app lives."""
        self.start()
        yield
        self.stop()

    def take(self, records: Sequence[Written]) -> None:
        """All of them at once, in a copy."""
        self._held = changed(self._held, records)

    def _try(self) -> None:
        while not self._stop.is_set():
            try:
                super().start()
                return
            except HeadwaterError as error:
                _LOG.warning("titles are not known: %s", error)
                self._stop.wait(self._again_s)
