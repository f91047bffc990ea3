"""What is wrong with one rule on one event type, beyond what its shape tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Literal, NamedTuple

import numpy as np
import polars as pl

from schemas.events import EVENTS, EventType
from validators.evaluate import UNUSABLE
from validators.inspect import example_frame, first_line, inspect
from validators.rule import Example, Rule
from validators.ruleset import RuleSet
from validators.sample import possible_events
from validators.source import Where
from validators.values import fits, seen

Level = Literal["error", "warning"]

_ALONE = 48


class Issue(NamedTuple):
    """Something wrong with a rule: where within it, of which kind, what, and what to do about it."""

    where: Where
    code: str
    problem: str
    remedy: str
    level: Level = "error"


def issues(rule: Rule, event: EventType) -> Iterator[Issue]:
    """All that is wrong with a rule on an event type. Does not raise, whatever the rule says."""
    unread = [i for field in ("when", "expect") for i in _expression(field, getattr(rule, field), event)]
    misfits = list(_misfits(rule, event))
    yield from (*unread, *misfits)
    if unread:
        return
    try:
        yield from _tried(rule, event)
        if not misfits:
            yield from _wrong_examples(rule, event)
    except UNUSABLE as error:
        yield Issue(("expect",), "type", f"cannot be evaluated: {first_line(error)}", "change the expression")


def errors(rules: RuleSet) -> list[str]:
    """Why a rule set must not judge, rule by rule: tried on its examples and on events that can be."""
    return [
        f"{event}.{rule.name}: {issue.problem}"
        for event, of_event in rules.rules.items()
        for rule in of_event
        for issue in issues(rule, EVENTS[event])
        if issue.level == "error"
    ]


def choose(name: str, known: Iterable[str]) -> str:
    """A remedy for a name that does not exist.

    >>> choose("dwel_ms", ["row", "dwell_ms"]), choose("x", ["row", "rank"])
    ('did you mean dwell_ms?', 'use one of rank, row')
    """
    known = sorted(known)
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}"


def _expression(field: str, sql: str | None, event: EventType) -> Iterator[Issue]:
    if sql is None:
        return
    try:
        expression = pl.sql_expr(sql)
    except UNUSABLE as error:
        yield Issue((field,), "syntax", f"{sql!r} is no SQL expression", first_line(error))
        return
    none = example_frame(event, ())
    unknown = sorted(set(expression.meta.root_names()) - set(none.columns))
    for name in unknown:
        yield Issue((field,), "unknown-column", f"{event.name} has no {name}", choose(name, none.columns))
    if unknown:
        return
    try:
        (kind,) = none.lazy().select(expression).collect_schema().values()
    except UNUSABLE as error:
        yield Issue((field,), "type", f"{sql!r} mixes types", first_line(error))
        return
    if kind != pl.Boolean:
        told = f"{sql!r} is {str(kind).lower()} and no boolean"
        yield Issue((field,), "not-boolean", told, "compare it with something")


def _misfits(rule: Rule, event: EventType) -> Iterator[Issue]:
    known = seen(event)
    for where, example in _examples(rule):
        for name, value in example.items():
            if name not in known:
                told = f"an example has {name}, which is no field of {event.name}"
                yield Issue((*where, name), "example-field", told, choose(name, known))
            elif value is not None and not fits(known[name], value):
                told = f"an example has {name}: {value!r}"
                yield Issue((*where, name), "example-value", told, f"give a {known[name].avro}")


def _wrong_examples(rule: Rule, event: EventType) -> Iterator[Issue]:
    placed = list(_examples(rule))
    failed = inspect((rule,), example_frame(event, tuple(example for _, example in placed))).failed[0]
    for (where, example), fails in zip(placed, failed, strict=True):
        if fails != (where[0] == "fails"):
            told = f"example {example} {'fails' if fails else 'passes'} on {event.name}"
            yield Issue(where, "example-verdict", told, f"it stands under {where[0]}: correct it or the rule")


def _tried(rule: Rule, event: EventType) -> Iterator[Issue]:
    frame = possible_events(event, rule)
    failed = inspect((rule,), frame).failed[0]
    alone = [inspect((rule,), frame[i]).failed[0, 0] for i in range(min(_ALONE, frame.height))]
    if (failed[: len(alone)] != np.array(alone)).any():
        yield Issue(
            ("expect",), "other-rows", "the verdict depends on other events of its batch", "judge one event"
        )
    elif not failed.any():
        told = f"no {event.name} that its schema allows fails, of {frame.height} tried"
        yield Issue(("expect",), "never-fails", told, "tighten it or leave it out", "warning")
    elif failed.all():
        told = f"every {event.name} that its schema allows fails, of {frame.height} tried"
        yield Issue(("expect",), "always-fails", told, "loosen it or leave it out", "warning")


def _examples(rule: Rule) -> Iterator[tuple[Where, Example]]:
    for kind in ("passes", "fails"):
        for i, example in enumerate(getattr(rule, kind)):
            yield (kind, i), example
