"""The rules in force in a running gate: the last set that was published, heard of by a thread."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from flink_jobs.following import Following, Topic
from flink_jobs.kept_topic import Written
from validators.published import Published
from validators.ruleset import RuleSet
from validators.source import RuleError

_LOG = logging.getLogger(__name__)


class LiveRules(Following):
    """The last published set that can be used, and the shipped one where there is none.

    A record that cannot be used is passed over: what is in force stays in force.
    """

    def __init__(self, topic: Topic, shipped: RuleSet) -> None:
        super().__init__("rules", topic)
        self._current, self._changed_ms = shipped, 0

    def current(self) -> RuleSet:
        """The set in force."""
        return self._current

    def changed_ms(self) -> int:
        """When it was published; 0 for the shipped one."""
        return self._changed_ms

    def begin(self, records: Sequence[Written]) -> None:
        """Put the last set in force that can be used: those before were, and are not now."""
        any(map(self._put, reversed(records)))

    def take(self, records: Sequence[Written]) -> None:
        """Put one after the other in force."""
        for record in records:
            self._put(record)

    def _put(self, record: Written) -> bool:
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
