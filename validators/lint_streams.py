"""What is wrong with files of rules over many events, each thing with its line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from pydantic import ValidationError

from validators.lint_rule import Issue, choose
from validators.lint_stream_rule import issues
from validators.source import Source, UnreadableError, read, shown
from validators.stream_rule import Kind, StreamRuleFile
from validators.stream_ruleset import where_of

Found = tuple[Source, int, Issue]


def concerns(source: Source) -> bool:
    """Whether a file is of rules over many events: they have a kind."""
    content = source.content if isinstance(source.content, dict) else {}
    rules = content.get("rules")
    return isinstance(rules, list) and any(isinstance(rule, dict) and "kind" in rule for rule in rules)


def over_many_events(name: str, text: str) -> bool:
    """Whether a text is such a file; not where it cannot be read."""
    try:
        return concerns(read(name, text))
    except UnreadableError:
        return False


def issues_of(sources: Sequence[Source], consumers: Collection[str]) -> Iterator[Found]:
    """All that is wrong with files of rules over many events, and the line of each thing."""
    names: dict[str, str] = {}
    for source in sources:
        for key, line in source.repeated():
            yield source, line, Issue((), "repeated-key", f"{key} stands twice", "leave one")
        yield from _shape(source)
        for place, rule in _sound(source):
            found = [*issues(rule), *_unknown_consumers(rule, consumers)]
            if rule.name in names:
                problem = f"the name stands at {names[rule.name]} already"
                found.append(Issue(("name",), "same-name", problem, "rename one"))
            names.setdefault(rule.name, f"{source.name}:{source.line('rules', place)}")
            for issue in found:
                told = issue._replace(problem=f"rule {rule.name}: {issue.problem}")
                yield source, source.line("rules", place, *issue.where), told


def _shape(source: Source) -> Iterator[Found]:
    try:
        StreamRuleFile.model_validate(source.content)
    except ValidationError as error:
        for one in error.errors():
            where, kind = where_of(one), one["type"]
            told = f"{source.place(where)} is {shown(one)}"
            remedy = {"missing": "add it", "extra_forbidden": "leave it out"}.get(kind, one["msg"])
            yield source, source.line(*where), Issue(where, "schema", told, remedy)


def _sound(source: Source) -> Iterator[tuple[int, Kind]]:
    """The rules that have their shape, though others may not, and their places."""
    for i, rule in enumerate(source.content["rules"]):
        try:
            yield i, StreamRuleFile.model_validate({"rules": [rule]}).rules[0]
        except ValidationError:
            continue


def _unknown_consumers(rule: Kind, consumers: Collection[str]) -> Iterator[Issue]:
    for i, name in enumerate(rule.needed_by):
        if name not in consumers:
            told = f"needed_by names {name}, which is no view, feature or model"
            yield Issue(("needed_by", i), "needed-by", told, choose(name, consumers))
