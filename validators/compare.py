"""What differs between two rule sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from validators.rule import Rule
from validators.ruleset import RuleSet


class FieldChange(NamedTuple):
    """One field of a rule, before and after."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Change:
    """A rule that was added, removed or changed, on those event types for which the same is true of it."""

    kind: Literal["added", "removed", "changed"]
    rule: str
    events: tuple[str, ...]
    fields: tuple[FieldChange, ...] = ()


def compare(before: RuleSet, after: RuleSet) -> list[Change]:
    """The changes that make the second set of the first, in the order of the rules; their order is none."""
    found: list[Change] = []
    for event in dict.fromkeys((*before.rules, *after.rules)):
        old, new = _by_name(before, event), _by_name(after, event)
        for name in dict.fromkeys((*old, *new)):
            if (change := _change(old.get(name), new.get(name), event)) is not None:
                _gather(found, change)
    return found


def _by_name(rules: RuleSet, event: str) -> dict[str, Rule]:
    return {rule.name: rule for rule in rules.rules.get(event, ())}


def _change(old: Rule | None, new: Rule | None, event: str) -> Change | None:
    if new is None:
        return None if old is None else Change("removed", old.name, (event,))
    if old is None:
        return Change("added", new.name, (event,))
    fields = tuple(
        FieldChange(field, getattr(old, field), getattr(new, field))
        for field in Rule.model_fields
        if getattr(old, field) != getattr(new, field)
    )
    return Change("changed", new.name, (event,), fields) if fields else None


def _gather(found: list[Change], change: Change) -> None:
    """Add a change, or its event to the same change on another."""
    for i, other in enumerate(found):
        if (other.kind, other.rule, other.fields) == (change.kind, change.rule, change.fields):
            found[i] = Change(other.kind, other.rule, (*other.events, *change.events), other.fields)
            return
    found.append(change)
