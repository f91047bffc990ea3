"""The catalogue of titles in a running gate: the last record of each title, heard of by a thread."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from flink_jobs.following import Following, Topic
from flink_jobs.kept_topic import Written
from schemas import titles
from validators.titles import Titles, told_of

_LOG = logging.getLogger(__name__)


class LiveTitles(Following):
    """The titles that a topic holds. A record that cannot be used is passed over."""

    def __init__(self, topic: Topic) -> None:
        super().__init__("titles", topic)
        self._changed_ms = 0
        self._held: Titles = {}

    def current(self) -> Titles:
        """The catalogue, which does not change any more: a batch is judged by one."""
        return self._held

    def changed_ms(self) -> int:
        """The latest time of a record that changed it; 0 if none did."""
        return self._changed_ms

    def take(self, records: Sequence[Written]) -> None:
        """All of them at once, so that of a catalogue that is being loaded no half is seen."""
        after, changed_ms = dict(self._held), self._changed_ms
        for record in records:
            try:
                title_id, title = titles.read(record.key, record.value)
            except ValueError as error:
                _LOG.warning("title %s of offset %d is passed over: %s", record.key, record.version, error)
                continue
            told = None if title is None else told_of(title)
            if told == after.get(title_id):
                continue
            changed_ms = max(changed_ms, record.at_ms)
            if told is None:
                del after[title_id]
            else:
                after[title_id] = told
        # The time first: whoever sees the change must find it.
        self._changed_ms, self._held = changed_ms, after
