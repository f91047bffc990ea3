"""A thread that hands on what is added to a topic, until it is stopped."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from threading import Event, Thread
from typing import Protocol

from confluent_kafka import KafkaException

from flink_jobs.kept_topic import Written

_POLL_S = 0.5
#: What comes closer together than this is handed on together, up to so many.
_TOGETHER_S, _MOST = 0.05, 100_000
_LOG = logging.getLogger(__name__)


class Topic(Protocol):
    """A topic that is kept for ever; `flink_jobs.kept_topic` has the real one."""

    def written(self) -> list[Written]:
        """All that is there now, oldest first."""

    def next(self, timeout_s: float) -> Written | None:
        """What is added within a time; None if nothing is. Raises KafkaException when asked in vain."""


class Following(ABC):
    """What a topic of `what` holds: all that is there, then what is added, those together that come together.

    A broker that is away is waited for.
    """

    def __init__(self, what: str, topic: Topic) -> None:
        self._what, self._topic = what, topic
        self._stop = Event()
        self._thread = Thread(target=self._follow, name=f"headwater-{what}", daemon=True)

    def start(self) -> None:
        """Take what is there now, then follow. Raises what the topic raises."""
        self.begin(self._topic.written())
        self._thread.start()

    def stop(self) -> None:
        """Return once nothing follows any more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    @abstractmethod
    def take(self, records: Sequence[Written]) -> None:
        """Take note of records, oldest first."""

    def begin(self, records: Sequence[Written]) -> None:
        """Take note of those that are there when it starts."""
        self.take(records)

    def _follow(self) -> None:
        while not self._stop.is_set():
            records: list[Written] = []
            try:
                wait_s = _POLL_S
                while len(records) < _MOST and (record := self._topic.next(wait_s)) is not None:
                    records.append(record)
                    wait_s = _TOGETHER_S
            except KafkaException as error:
                _LOG.warning("%s cannot be read, those in force stay: %s", self._what, error)
                self._stop.wait(_POLL_S)
            if records:
                self.take(records)
