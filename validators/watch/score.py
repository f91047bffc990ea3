"""How good the data is: a score for each dimension of quality, and the ratio of failures of each rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from schemas.quality import Count
from validators.gate import DUPLICATE
from validators.judge import LATE
from validators.rule import Dimension
from validators.ruleset import RuleSet
from validators.watch.totals import newest, reasons_of

#: Why an event could not be read, so that no rule looked at it.
UNREAD = frozenset(
    {"empty_value", "unframed", "unknown_schema", "wrong_event", "malformed", "oversize", "null_key"}
)
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

_OF_VERDICT: dict[str, Dimension] = {LATE: "timeliness", DUPLICATE: "uniqueness"}


@dataclass(frozen=True)
class Score:
    """Of the events of a slice in a minute, `checked` of them, `failed` have a failure in this dimension."""

    minute_ms: int
    event: str
    slice: str
    value: str
    dimension: Dimension
    checked: int
    failed: int

    @property
    def score(self) -> float:
        """The share of events without a failure, 0 to 1."""
        return 1 - self.failed / self.checked


@dataclass(frozen=True)
class RuleCount:
    """How many events of a type could be read, `checked`, and how many of them failed a rule."""

    event: str
    rule: str
    checked: int
    failed: int

    @property
    def ratio(self) -> float:
        """The share of those read that failed; 0 where none were."""
        return self.failed / self.checked if self.checked else 0.0


def scores(counts: Iterable[Count], rules: RuleSet) -> list[Score]:
    """A score for each minute, slice and dimension of which there are events.

    An event counts once in a dimension, however many of its reasons belong to it. A reason is of the
    dimension of its rule; why an event could not be read is validity, and so is a reason that no rule has any
    more. Late is timeliness, duplicate is uniqueness.
    """
    of_rule = {(e, rule.name): rule.dimension for e, of_event in rules.rules.items() for rule in of_event}
    checked: dict[tuple[int, str, str, str], int] = defaultdict(int)
    failed: dict[tuple[int, str, str, str, Dimension], int] = defaultdict(int)
    for count in newest(counts):
        place = (count.minute_ms, count.event, count.slice, count.value)
        checked[place] += count.n
        hit = {of_rule.get((count.event, reason), "validity") for reason in reasons_of(count)}
        for dimension in hit | ({_OF_VERDICT[count.verdict]} if count.verdict in _OF_VERDICT else set()):
            failed[(*place, dimension)] += count.n
    return [
        Score(*place, dimension, n, failed[(*place, dimension)])
        for place, n in checked.items()
        if n > 0
        for dimension in DIMENSIONS
    ]


def by_rule(counts: Iterable[Count], rules: RuleSet) -> list[RuleCount]:
    """How often each rule failed, in all minutes of the counts together, of all events that could be read:
    counts do not tell which of them its `when` left out, or came before it was in force. Only the slice `all`
    is counted: the others tell of the same events."""
    checked: dict[str, int] = defaultdict(int)
    failed: dict[tuple[str, str], int] = defaultdict(int)
    for count in newest(counts):
        reasons = reasons_of(count)
        if count.slice != "all" or not UNREAD.isdisjoint(reasons):
            continue
        checked[count.event] += count.n
        for reason in reasons:
            failed[count.event, reason] += count.n
    return [
        RuleCount(event, rule.name, checked[event], failed[event, rule.name])
        for event, of_event in rules.rules.items()
        for rule in of_event
    ]
