"""The browser of the quarantine: the newest records, and one of them in full."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from headwater import rule_versions, titles
from headwater.quarantine.choose import Wanted, find, newest
from headwater.quarantine.kafka_log import KafkaLog
from headwater.quarantine.log import Log
from headwater.quarantine.picture import picture_in
from headwater.web.kept import Kept
from schemas.events import EVENT_NAMES
from validators.ruleset import RuleSet
from validators.titles import Titles

_MOST = 50
_KEPT_S = 5.0


@dataclass(frozen=True)
class Quarantine:
    """Reads what was set aside, when it is asked; judges it by rules and titles as they are now."""

    log: Log
    rules: Callable[[], RuleSet]
    titles: Callable[[], Titles]

    @classmethod
    def of(cls, kafka: str) -> Self:
        """That of a broker."""
        rules = Kept(lambda: rule_versions.history(kafka).in_force.rules, _KEPT_S)
        return cls(KafkaLog(kafka), rules, Kept(lambda: titles.in_force(kafka), _KEPT_S))

    def recent(self, event: str | None, reason: str | None) -> dict[str, Any]:
        """The newest `records`, 50 at most, of an event type and with a reason if they are given."""
        # Asked first, since it is quick to say that no Kafka answers.
        self.rules()
        wanted = Wanted(EVENT_NAMES if event is None else (event,), reason)
        found = newest(self.log, wanted, _MOST)
        return {"records": [record.to_json() for record in found], "events": list(EVENT_NAMES)}

    def one(self, record_id: str) -> dict[str, Any]:
        """One record in full. Raises NotThereError if there is none."""
        rules = self.rules()
        return picture_in(self.log, find(self.log, record_id), rules, self.titles())
