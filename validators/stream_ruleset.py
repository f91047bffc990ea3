"""All rules over many events, and the events that their examples tell of."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from schemas.events import EVENTS
from validators.lint_stream_rule import issues
from validators.ruleset import files_of
from validators.source import RuleError, Source, Where, read_file, shown
from validators.stream_rule import Kind, Sequence, StreamRuleFile

STREAM_RULES_DIR = Path(__file__).parent / "stream_rules"

_ZERO = {"long": 0, "int": 0, "boolean": False, "double": 0.0}


@cache
def shipped() -> tuple[Kind, ...]:
    """The rules in `stream_rules/`."""
    return load(STREAM_RULES_DIR)


def flag_ms(rules: Iterable[Kind]) -> dict[str, int]:
    """The rules that flag whoever breaks them, and for how long after a violation."""
    return {rule.name: rule.flag_ms for rule in rules if rule.severity == "abuse"}


def load(path: Path) -> tuple[Kind, ...]:
    """The rules of a directory of YAML files, or of one file. Raises RuleError."""
    return united([read_file(file, file.name) for file in files_of(path)])


def united(sources: Iterable[Source]) -> tuple[Kind, ...]:
    """The rules of all sources. Raises RuleError."""
    rules = tuple(rule for source in sources for rule in _checked(source).rules)
    names = [rule.name for rule in rules]
    if twice := {name for name in names if names.count(name) > 1}:
        raise RuleError(f"two rules are named {', '.join(sorted(twice))}; rename one")
    return rules


def events_of(rule: Kind, sequence: Sequence) -> list[dict[str, Any]]:
    """The events of an example, in its order: whole records, and `event`, their type.

    An event is of the first type of its rule unless it says of which, and comes as often as `times` says. A
    field that is left out is alike in all of them; an `event_id` is then one of its own.

    >>> rule = next(r for r in shipped() if r.name == "device_rate")
    >>> [(e["event_id"], e["event_time"], e["device_id"]) for e in events_of(rule, ({"times": 2},))]
    [('e0', 0, 'device_id'), ('e1', 0, 'device_id')]
    """
    found: list[dict[str, Any]] = []
    for told in sequence:
        given = {name: value for name, value in told.items() if name != "times"}
        kind = EVENTS[given.setdefault("event", rule.events[0])]
        for _ in range(told.get("times", 1)):
            absent = {c.name: c.name if c.avro == "string" else _ZERO[c.avro] for c in kind.columns}
            found.append(absent | {"event_id": f"e{len(found)}"} | given)
    return found


def _checked(source: Source) -> StreamRuleFile:
    try:
        file = StreamRuleFile.model_validate(source.content)
    except ValidationError as error:
        first = error.errors()[0]
        told = f"{source.place(where_of(first))} is {shown(first)}: {first['msg']}"
        raise RuleError(f"{source.name}: {told}") from None
    for rule in file.rules:
        for issue in issues(rule):
            raise RuleError(f"{source.name}: rule {rule.name}: {issue.problem}: {issue.remedy}")
    return file


def where_of(error: Any) -> Where:
    """Where an error is: behind the number of a rule pydantic puts its kind."""
    where: Where = error["loc"]
    return (*where[:2], *where[3:])
