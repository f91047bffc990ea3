"""The rules in force in a running gate: the last set that was published, heard of by a thread."""

from __future__ import annotations

import logging
from threading import Event, Thread
from typing import Protocol

from confluent_kafka import KafkaException

from flink_jobs.rules_topic import Written
from validators.published import Published
from validators.ruleset import RuleSet
from validators.source import RuleError

_POLL_S = 0.5
_LOG = logging.getLogger(__name__)


class Topic(Protocol):
    """Published rule sets; `flink_jobs.rules_topic` has the real one."""

    def written(self) -> list[Written]:
        """All that is there now, oldest first."""

    def next(self, timeout_s: float) -> Written | None:
        """What is added within a time; None if nothing is. Raises KafkaException when asked in vain."""


class LiveRules:
    """The last published set that can be used, and the shipped one where there is none.

    A record that cannot be used is passed over: what is in force stays in force.
    """

    def __init__(self, topic: Topic, shipped: RuleSet) -> None:
        self._topic, self._current, self._changed_ms = topic, shipped, 0
        self._stop = Event()
        self._thread = Thread(target=self._follow, name="headwater-rules", daemon=True)

    def start(self) -> None:
        """Take what is in force now, then follow. Raises what the topic raises."""
        any(map(self._take, reversed(self._topic.written())))
        self._thread.start()

    def stop(self) -> None:
        """Return once nothing follows any more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def current(self) -> RuleSet:
        """The set in force."""
        return self._current

    def changed_ms(self) -> int:
        """When it was published; 0 for the shipped one."""
        return self._changed_ms

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                record = self._topic.next(_POLL_S)
            except KafkaException as error:
                _LOG.warning("rules cannot be read, those in force stay: %s", error)
                self._stop.wait(_POLL_S)
                continue
            if record is not None:
                self._take(record)

    def _take(self, record: Written) -> bool:
        """Put a set in force; False if it cannot be used."""
        try:
            rules = Published.from_json(record.value).rules
        except RuleError as error:
            _LOG.warning("rules of version %d are passed over: %s", record.version, error)
            return False
        # The time first: whoever has the new rules must find it.
        self._changed_ms, self._current = record.at_ms, rules
        _LOG.info("rules of version %d are in force: %s", record.version, rules.hash)
        return True
