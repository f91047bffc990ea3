"""The members who asked to be forgotten, in a running job: heard of by a thread."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from flink_jobs.following import Following, Topic
from flink_jobs.kept_topic import Written
from schemas import forgotten

_LOG = logging.getLogger(__name__)


def marks(records: Sequence[Written], before: Mapping[str, int] | None = None) -> dict[str, int]:
    """Until when each member is forgotten, in ms, once these records are read after those before.

    A record that cannot be used is passed over.
    """
    found = dict(before or {})
    for record in records:
        try:
            member, at_ms = forgotten.read(record.key, record.value)
        except ValueError as error:
            _LOG.warning("mark %s of offset %d is passed over: %s", record.key, record.version, error)
            continue
        if at_ms is None:
            found.pop(member, None)
        else:
            found[member] = at_ms
    return found


class LiveForgotten(Following):
    """What a topic says of whom to forget."""

    def __init__(self, topic: Topic) -> None:
        super().__init__("forgotten", topic)
        self._held: dict[str, int] = {}

    def keeps(self, members: Sequence[str], starts_ms: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_] | None:
        """Which tiles may be written: those that begin after their member was forgotten. None if all may.

        A tile is one number for all its events, so one that began before holds some that are to be forgotten.
        """
        held = self._held
        if not held or held.keys().isdisjoint(members):
            return None
        return starts_ms > np.array([held.get(member, -1) for member in members])

    def take(self, records: Sequence[Written]) -> None:
        """Know of them from now on."""
        self._held = marks(records, self._held)
