"""Whether the examples of a rule would notice if the rule were another: mutation analysis.

A mutant is the rule with one small change in it (DeMillo, Lipton, Sayward, Hints on test data selection, IEEE
Computer 11, 1978). It is killed by an event that the rule and the mutant judge differently. A mutant that no
event a decoder can give tells from its rule is equivalent: it says the same in other words, and is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl

from schemas.events import EventType
from validators.evaluate import UNUSABLE
from validators.inspect import example_frame, inspect
from validators.rule import Rule
from validators.sample import possible_events
from validators.sql_edits import edits
from validators.values import AGE, seen


class Mutant(NamedTuple):
    """A rule with one change in it; `wider` if it reads a column that the rule does not."""

    what: str
    rule: Rule
    wider: bool


@dataclass(frozen=True)
class Trial:
    """What became of the mutants of a rule on one event type."""

    killed: int
    equivalent: int
    survivors: tuple[Mutant, ...]


def mutants(rule: Rule, event: EventType) -> Iterator[Mutant]:
    """Every mutant of a rule that polars can evaluate. Its examples are those of the rule."""
    kinds = {c.name: c.avro for c in seen(event).values()} | {AGE.name: AGE.avro}
    alike = {name: [n for n, k in kinds.items() if k == kind and n != name] for name, kind in kinds.items()}
    none = example_frame(event, ())
    read = set(rule.failure.meta.root_names())
    for what, changes in _changes(rule, alike):
        told = {name: getattr(rule, name) for name in Rule.model_fields}
        mutant = Rule.model_construct(**told | changes)  # Not a copy, which would keep the expression.
        try:
            none.select(mutant.failure)
        except UNUSABLE:
            continue
        yield Mutant(what, mutant, not set(mutant.failure.meta.root_names()) <= read)


def try_mutants(rule: Rule, event: EventType, others: pl.DataFrame | None = None) -> Trial:
    """Try the examples of a rule on its mutants, and then `others`: events as `inspect.columns` has them.

    Raises what polars raises for a rule that cannot be evaluated.
    """
    examples = example_frame(event, (*rule.passes, *rule.fails))
    real = [] if others is None or not others.height else [others]
    possible = possible_events(event, rule)
    inspect((rule,), possible)
    killed, equivalent, survivors = 0, 0, []
    for mutant in mutants(rule, event):
        events = possible_events(event, _both(rule, mutant.rule)) if mutant.wider else possible
        if not _told_apart(rule, mutant.rule, [events, *real]):
            equivalent += 1
        elif _told_apart(rule, mutant.rule, [examples, *real]):
            killed += 1
        else:
            survivors.append(mutant)
    return Trial(killed, equivalent, tuple(survivors))


def settling(rule: Rule, rules: Sequence[Rule], events: pl.DataFrame) -> pl.DataFrame:
    """Of some events those on which all rules but this one pass: what it says of them settles the outcome."""
    failed = inspect(tuple(other for other in rules if other is not rule), events).failed
    return events.filter(~failed.any(axis=0))


def _changes(rule: Rule, alike: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for what, sql in edits(rule.expect, alike):
        yield what, {"expect": sql}
    other = "pass" if rule.on_null == "fail" else "fail"
    yield f"on_null: {other}", {"on_null": other}
    if rule.when is not None:
        yield "when dropped", {"when": None}
        for what, sql in edits(rule.when, alike):
            yield f"when: {what}", {"when": sql}


def _both(rule: Rule, mutant: Rule) -> Rule:
    """A rule that reads what either reads, and names the bounds of both."""
    conditions = [when for when in (rule.when, mutant.when) if when is not None]
    changes = {
        "expect": f"({rule.expect}) AND ({mutant.expect})",
        "when": " OR ".join(f"({when})" for when in conditions) or None,
    }
    return Rule.model_construct(**{name: getattr(rule, name) for name in Rule.model_fields} | changes)


def _told_apart(rule: Rule, mutant: Rule, frames: Sequence[pl.DataFrame]) -> bool:
    """Whether the two differ on any event."""
    return any((one != other).any() for one, other in (inspect((rule, mutant), f).failed for f in frames))
