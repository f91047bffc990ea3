"""What was sent and what should become of it: the yardstick that a run is held against."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from headwater.traffic.message import OUTCOMES, Message, Misdeed, Outcome
from schemas.codec import Record
from schemas.events import EVENT_NAMES


@dataclass
class Truth:
    """Counts of what was sent, by event type and outcome, and by kind of fault; and the misdeeds among it.

    `records` are the events that features should count, in the order of sending, or None when not asked for.
    With them come `chances`, the probabilities that people went by: that a hover is taken, and, by the play
    that begins it, that a viewing is completed; by event type and id. `leaves` says when each
    member leaves who does. `behind_ms` is how far behind its schedule the slowest message was handed over.
    """

    outcomes: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    misdeeds: list[Misdeed] = field(default_factory=list)
    records: list[tuple[str, Record]] | None = None
    chances: dict[str, dict[str, float]] = field(default_factory=lambda: {"hover": {}, "play": {}})
    leaves: dict[str, int] = field(default_factory=dict)
    behind_ms: int = 0

    def add(self, message: Message) -> None:
        """Take note of one message."""
        self.outcomes[message.event, message.outcome] += 1
        if message.fault is not None:
            self.faults[message.fault] += 1
        if message.misdeed is not None:
            self.misdeeds.append(message.misdeed)
        if self.records is not None and message.outcome == "valid":
            self.records.append((message.event, message.record))
            if message.chance is not None:
                self.chances[message.event][message.record["event_id"]] = message.chance

    @property
    def sent(self) -> int:
        """All messages."""
        return self.outcomes.total()

    def of(self, outcome: Outcome) -> int:
        """All messages that should end so."""
        return sum(n for (_, o), n in self.outcomes.items() if o == outcome)

    def to_json(self) -> dict[str, Any]:
        """As JSON values: `sent`, `outcomes` by event type, `faults`, `misdeeds`, `behind_ms`, and if kept
        `records` and `chances`, of `take` and of `completion`; and `leaves`, if anybody does.

        >>> Truth(Counter({("play", "late"): 2})).to_json()["outcomes"]["play"]
        {'sent': 2, 'valid': 0, 'quarantined': 0, 'duplicate': 0, 'late': 2}
        """
        told: dict[str, Any] = {
            "sent": self.sent,
            "outcomes": {event: self._row(event) for event in EVENT_NAMES},
            "faults": dict(self.faults),
            "misdeeds": [misdeed._asdict() for misdeed in self.misdeeds],
            "behind_ms": self.behind_ms,
        }
        if self.records is not None:
            told["records"] = [{"event": event, **record} for event, record in self.records]
            told["chances"] = {"take": self.chances["hover"], "completion": self.chances["play"]}
            told |= {"leaves": self.leaves} if self.leaves else {}
        return told

    def _row(self, event: str) -> dict[str, int]:
        by_outcome: dict[str, int] = {o: self.outcomes[event, o] for o in OUTCOMES}
        return {"sent": sum(by_outcome.values()), **by_outcome}
