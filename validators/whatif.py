"""What would become of events under other rules: the same records judged by two sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from schemas.codec import decode_batch
from schemas.events import EVENTS
from schemas.topics import event_of
from validators.gate import Records, judge_records
from validators.inspect import columns
from validators.judge import names_of
from validators.ruleset import RuleSet
from validators.titles import Titles

_EXAMPLES = 3


class Moved(NamedTuple):
    """Events of a type that had one verdict and would have another, or the same."""

    event: str
    before: str
    after: str


class Broken(NamedTuple):
    """A reason on events of a type: a rule's name, or the decoder's."""

    event: str
    reason: str


@dataclass(frozen=True)
class WhatIf:
    """Two rule sets, and what they said of the records so far. A copy of an event is an event here."""

    before: RuleSet
    after: RuleSet
    titles: Titles = field(default_factory=dict)
    verdicts: Counter[Moved] = field(default_factory=Counter)
    newly: Counter[Broken] = field(default_factory=Counter)
    no_longer: Counter[Broken] = field(default_factory=Counter)
    examples: dict[Broken, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, records: Records) -> None:
        """Judge records by both sets."""
        old, new = (judge_records(records, rules, self.titles) for rules in (self.before, self.after))
        for topic, rows in records.of_topic.items():
            event = event_of(topic)
            pairs = zip(old.verdict[rows].tolist(), new.verdict[rows].tolist(), strict=True)
            self.verdicts.update(Moved(event, *pair) for pair in pairs)
        for row in np.flatnonzero(old.reasons != new.reasons).tolist():
            self._reasons(records, row, names_of(old.reasons[row]), names_of(new.reasons[row]))

    def changed(self) -> bool:
        """Whether anything would be said otherwise."""
        return any(m.before != m.after for m in self.verdicts) or bool(self.newly) or bool(self.no_longer)

    def _reasons(self, records: Records, row: int, old: Sequence[str], new: Sequence[str]) -> None:
        event = event_of(records.topic[row])
        for counts, names in ((self.newly, set(new) - set(old)), (self.no_longer, set(old) - set(new))):
            for broken in (Broken(event, name) for name in names):
                counts[broken] += 1
                shown = self.examples.setdefault(broken, [])
                if len(shown) < _EXAMPLES:
                    shown.append(self._example(records, row, broken))

    def _example(self, records: Records, row: int, broken: Broken) -> dict[str, Any]:
        """Where the record is, whose it is, and what the rule reads of it."""
        decoded = decode_batch(EVENTS[broken.event], [records.value[row]])
        fields = columns([decoded.batch], records.time_ms[row : row + 1], self.titles).row(0, named=True)
        rules = (
            r for s in (self.after, self.before) for r in s.rules[broken.event] if r.name == broken.reason
        )
        names = dict.fromkeys(("event_id", "member_id", *sorted(next(rules).failure.meta.root_names())))
        place = {"partition": int(records.partition[row]), "offset": int(records.offset[row])}
        return place | {name: fields[name] for name in names}
