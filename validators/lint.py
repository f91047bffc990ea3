"""What is wrong with rule files, each thing with its line and a remedy."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from schemas.events import EVENT_NAMES, EVENTS
from validators import lint_streams
from validators.evaluate import UNUSABLE
from validators.lint_rule import Issue, Level, choose, issues
from validators.rule import Rule, RuleFile
from validators.source import Source, UnreadableError, Where, read, shown


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong: in which file, on which line, of which kind, and what to do about it."""

    file: str
    line: int
    code: str
    problem: str
    remedy: str
    level: Level = "error"

    def __str__(self) -> str:
        """In the form that editors jump to."""
        return f"{self.file}:{self.line}: {self.level}: {self.problem}: {self.remedy} [{self.code}]"


@dataclass(frozen=True)
class _Placed:
    """A rule, and where it stands."""

    source: Source
    place: int
    rule: Rule
    events: tuple[str, ...]

    def finding(self, issue: Issue) -> Finding:
        line = self.source.line("rules", self.place, *issue.where)
        told = f"rule {self.rule.name}: {issue.problem}"
        return Finding(self.source.name, line, issue.code, told, issue.remedy, issue.level)


def lint(texts: Sequence[tuple[str, str]], consumers: Collection[str]) -> list[Finding]:
    """All that is wrong with rule files, given as name and text; `consumers` may stand in `needed_by`.

    Of files of rules on one event and of rules over many alike.

    A file that cannot be read hides nothing of the others, nor a rule that is misshapen.
    """
    found: list[Finding] = []
    placed: list[_Placed] = []
    streams: list[Source] = []
    for name, text in texts:
        try:
            source = read(name, text)
        except UnreadableError as error:
            found.append(Finding(name, error.line, "yaml", "no YAML", error.problem))
            continue
        if lint_streams.concerns(source):
            streams.append(source)
            continue
        found += _shape(source)
        placed += _sound(source)
    for one in placed:
        found += [one.finding(issue) for issue in _unknown_consumers(one.rule, consumers)]
        found += [one.finding(issue) for event in one.events for issue in issues(one.rule, EVENTS[event])]
    found += _twice(placed)
    for source, line, issue in lint_streams.issues_of(streams, consumers):
        found.append(Finding(source.name, line, issue.code, issue.problem, issue.remedy, issue.level))
    order = {name: i for i, (name, _) in enumerate(texts)}
    return sorted(set(found), key=lambda f: (order[f.file], f))


def _shape(source: Source) -> Iterator[Finding]:
    for key, line in source.repeated():
        yield Finding(source.name, line, "repeated-key", f"{key} stands twice", "leave one")
    try:
        file = source.file
    except ValidationError as error:
        told = {_where(e): e for e in reversed(error.errors())}
        for where, first in reversed(told.items()):
            # A list is called too short when what is in it is misshapen.
            if not any(len(other) > len(where) and other[: len(where)] == where for other in told):
                yield _misshapen(source, where, first)
        return
    for i, event in enumerate(() if file.on == "*" else file.on):
        line = source.line("on", i)
        if event not in EVENTS:
            yield Finding(
                source.name, line, "unknown-event", f"on: there is no {event}", choose(event, EVENTS)
            )
        elif event in file.on[:i]:
            yield Finding(source.name, line, "repeated-event", f"on: {event} stands twice", "leave one")


def _where(error: Any) -> Where:
    """Where an error is; `on` has alternatives, of which each has errors of its own."""
    where: Where = error["loc"]
    return where[:1] if where[:1] == ("on",) else where


def _misshapen(source: Source, where: Where, error: Any) -> Finding:
    missing, unknown = error["type"] == "missing", error["type"] == "extra_forbidden"
    remedy = error["msg"]
    if missing:
        remedy = "add it"
    elif unknown:
        remedy = choose(str(where[-1]), (Rule if where[0] == "rules" else RuleFile).model_fields)
    elif where == ("on",):
        remedy = f'use "*" or a list of {", ".join(EVENT_NAMES)}'
    told = f"{source.place(where)} is {shown(error)}"
    return Finding(source.name, source.line(*where), "schema", told, remedy)


def _sound(source: Source) -> Iterator[_Placed]:
    """The rules that have their shape, though others may not."""
    content = source.content if isinstance(source.content, dict) else {}
    rules = content.get("rules")
    for i, rule in enumerate(rules if isinstance(rules, list) else []):
        try:
            file = RuleFile.model_validate({"on": content.get("on"), "rules": [rule]})
        except ValidationError:
            continue
        yield _Placed(source, i, file.rules[0], tuple(e for e in EVENT_NAMES if e in file.events))


def _unknown_consumers(rule: Rule, consumers: Collection[str]) -> Iterator[Issue]:
    for i, name in enumerate(rule.needed_by):
        if name not in consumers:
            told = f"needed_by names {name}, which is no view, feature or model"
            yield Issue(("needed_by", i), "needed-by", told, choose(name, consumers))


def _twice(placed: Sequence[_Placed]) -> Iterator[Finding]:
    """Rules of one name, or that fail on the same events, where both hold for one event type."""
    for i, one in enumerate(placed):
        for other in placed[:i]:
            if not set(one.events) & set(other.events):
                continue
            at = f"{other.source.name}:{other.source.line('rules', other.place)}"
            if one.rule.name == other.rule.name:
                told = f"the name stands at {at} already"
                yield one.finding(Issue(("name",), "same-name", told, "names are reasons, rename one"))
            elif (meaning := _meaning(one.rule)) and meaning == _meaning(other.rule):
                told = f"it says what {other.rule.name} says at {at}"
                yield one.finding(Issue(("expect",), "same-expression", told, "leave one out", "warning"))


def _meaning(rule: Rule) -> bytes | None:
    """The expression as polars reads it, whatever its spaces, brackets and capitals; None if it cannot."""
    try:
        return rule.failure.meta.undo_aliases().meta.serialize()
    except UNUSABLE:
        return None
