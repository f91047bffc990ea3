"""How many violations of rules over many events there were, by minute of event time."""

from __future__ import annotations

from collections import Counter, defaultdict

from schemas.quality import Violation
from schemas.topics import MINUTE_MS

#: A minute, a rule and an event type.
Key = tuple[int, str, str]


class Tally:
    """Counts each violation once, however often the audit tells it: after a restart it tells some again."""

    def __init__(self) -> None:
        self._known: dict[int, set[Violation]] = defaultdict(set)
        self._counts: Counter[Key] = Counter()
        self._grown: set[Key] = set()

    def take(self, violation: Violation) -> None:
        """Take note of one."""
        minute_ms = violation.at_ms // MINUTE_MS * MINUTE_MS
        if violation in self._known[minute_ms]:
            return
        self._known[minute_ms].add(violation)
        key = minute_ms, violation.rule, violation.event
        self._counts[key] += 1
        self._grown.add(key)

    def grown(self) -> dict[Key, int]:
        """The counts that have grown since this was last asked."""
        found, self._grown = {key: self._counts[key] for key in self._grown}, set()
        return found

    def forget(self, before_ms: int) -> None:
        """Drop the minutes before."""
        for minute_ms in [minute for minute in self._known if minute < before_ms]:
            del self._known[minute_ms]
        for key in [key for key in self._counts if key[0] < before_ms]:
            del self._counts[key]
        self._grown = {key for key in self._grown if key[0] >= before_ms}
