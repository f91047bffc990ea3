"""What is wrong with a rule over many events, beyond what its shape tells.

What an example does is tried by tests on Flink, where the rule runs; here it is looked at as text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.events import EVENTS, Column
from validators.lint_rule import Issue, choose
from validators.source import Where
from validators.stream_rule import Agreement, Concurrency, Kind, Order, Velocity
from validators.values import fits

#: What an event of an example may tell beside its fields.
_OF_EXAMPLES = ("event", "times")


def issues(rule: Kind) -> Iterator[Issue]:
    """All that is wrong with a rule. Does not raise, whatever the rule says."""
    unknown = list(_unknown_events(rule))
    yield from unknown
    if not unknown:
        yield from _columns(rule)
        yield from _bound(rule)
        yield from _examples(rule)


def _unknown_events(rule: Kind) -> Iterator[Issue]:
    for i, event in enumerate(rule.events):
        if event not in EVENTS:
            yield Issue(("on", i), "unknown-event", f"on: there is no {event}", choose(event, EVENTS))
        elif event in rule.events[:i]:
            yield Issue(("on", i), "repeated-event", f"on: {event} stands twice", "leave one")
    for field in ("first", "then") if isinstance(rule, Order) else ():
        if (event := getattr(rule, field)) not in rule.events:
            told = f"{field} is {event}, which is not in on"
            yield Issue((field,), "unknown-event", told, choose(event, rule.events))


def _columns(rule: Kind) -> Iterator[Issue]:
    named: list[tuple[Where, str]] = [(("key",), rule.key)]
    if isinstance(rule, Concurrency):
        named.append((("of",), rule.of))
    elif isinstance(rule, Velocity):
        named.append((("place",), rule.place))
    elif isinstance(rule, Order):
        named += [(("rising",), rule.rising)] if rule.rising else []
    if isinstance(rule, Order | Agreement):
        named += [(("same", i), column) for i, column in enumerate(rule.same)]
    for where, name in named:
        for event in rule.events:
            known = {column.name: column for column in EVENTS[event].columns}
            if name not in known:
                yield Issue(where, "unknown-column", f"{event} has no {name}", choose(name, known))
            elif where == ("key",) and not _may_be_key(known[name]):
                told = f"{name} of {event} is no text, or may be null, and cannot be a key"
                yield Issue(where, "key", told, "use an id, such as member_id")
            elif where == ("rising",) and known[name].avro not in ("long", "int"):
                yield Issue(where, "type", f"{name} of {event} is no whole number", "use one that is")
            elif where[0] in ("rising", "same") and known[name].nullable:
                told = f"{name} of {event} may be null, and null is like nothing, not even itself"
                yield Issue(where, "nullable", told, "compare what is always there, such as title_id")


def _may_be_key(column: Column) -> bool:
    """A null key would end the job."""
    return column.avro == "string" and not column.nullable


def _bound(rule: Kind) -> Iterator[Issue]:
    """An event has its other or has it not: what is measured is 0 or 1. How long after an end something comes
    is no more than the window."""
    most = 1 if isinstance(rule, Agreement) else None
    if isinstance(rule, Order):
        most = rule.window_ms if rule.never else None if rule.rising else 1
    if most is not None and rule.bound >= most:
        told = f"bound is {rule.bound:g}, and no more than {most} is measured"
        yield Issue(("bound",), "never-fails", told, "use 0")


def _examples(rule: Kind) -> Iterator[Issue]:
    for kind in ("passes", "fails"):
        for n, sequence in enumerate(getattr(rule, kind)):
            for i, told in enumerate(sequence):
                yield from _example(rule, (kind, n, i), told)


def _example(rule: Kind, where: Where, told: dict[str, Any]) -> Iterator[Issue]:
    event = told.get("event", rule.events[0])
    if event not in rule.events:
        problem = f"an example has an event {event!r}, which is not in on"
        yield Issue((*where, "event"), "example-event", problem, choose(str(event), rule.events))
        return
    if "event_time" not in told:
        yield Issue(where, "example-time", "an event of an example has no event_time", "give one, in ms")
    if not isinstance(told.get("times", 1), int) or told.get("times", 1) < 1:
        yield Issue((*where, "times"), "example-value", f"times is {told['times']!r}", "give a whole number")
    known = {column.name: column for column in EVENTS[event].columns}
    for name, value in told.items():
        if name in _OF_EXAMPLES:
            continue
        if name not in known:
            problem = f"an example has {name}, which is no field of {event}"
            yield Issue((*where, name), "example-field", problem, choose(name, known))
        elif value is None or not fits(known[name], value):
            problem = f"an example has {name}: {value!r}"
            yield Issue((*where, name), "example-value", problem, f"give a {known[name].avro}")
