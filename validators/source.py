"""A rule file as it was written: its content, and the line on which each part of it stands."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from validators.rule import RuleFile

#: Where a part stands: keys and places in lists, such as ("rules", 0, "expect").
Where = tuple[int | str, ...]


class RuleError(ValueError):
    """A rule file that cannot be used: which file, which rule, which field, and what is expected."""


class UnreadableError(RuleError):
    """A file that is no YAML, and the line on which that shows."""

    def __init__(self, name: str, line: int, problem: str) -> None:
        super().__init__(f"{name} is no YAML: {problem}")
        self.line, self.problem = line, problem


class _Yaml(yaml.CSafeLoader):
    """YAML whose only booleans are true and false, so that `on` is a word and NO is a country (YAML 1.2).

    It reads in C, 14 times as fast: every command and job begins with the rules.
    """

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """A value, or an error with its line where Python has no such value: a date of the 13th month."""
        try:
            return super().construct_object(node, deep)
        except ValueError as error:
            raise yaml.constructor.ConstructorError(None, None, str(error), node.start_mark) from None


#: What an error shows of a value, however long or deep it is.
_WIDEST = 80
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = _WIDEST

#: Of lists and mappings in each other. What reads in C has no bound of its own, and ends the process.
_DEEPEST = 100

_Yaml.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Yaml.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


@dataclass(frozen=True)
class Source:
    """The text of a rule file, read as YAML.

    >>> source = read("a.yaml", "on: [play]\\nrules:\\n  - name: first\\n    expect: 1 = 1\\n")
    >>> source.content["on"], source.line("rules", 0, "expect"), source.line("rules", 0, "why")
    (['play'], 4, 3)
    """

    name: str
    content: Any
    root: yaml.Node | None

    @cached_property
    def file(self) -> RuleFile:
        """The rules in it. Raises pydantic's ValidationError."""
        return RuleFile.model_validate(self.content)

    def line(self, *where: int | str) -> int:
        """The line of a part, from 1; of what it would stand in, if it is missing."""
        node, line = self.root, 1
        for step in where:
            key, child = _child(node, step)
            if key is None:
                break
            node, line = child, key.start_mark.line + 1
        return line

    def place(self, where: Where) -> str:
        """Words for where pydantic found an error: the rule by its name (or its number from 1), the field."""
        if len(where) < 2 or where[0] != "rules":
            return ".".join(map(str, where)) or "the file"
        rule, field = self.content["rules"][where[1]], ".".join(map(str, where[2:]))
        name = rule.get("name") if isinstance(rule, dict) else None
        return f"rule {name or int(where[1]) + 1}" + (f": {field}" if field else "")

    def repeated(self) -> Iterator[tuple[str, int]]:
        """Keys that stand twice in one mapping, of which YAML would keep the last, each with its line."""
        waiting, seen = [self.root], set()
        while waiting:
            node = waiting.pop()
            if node is None or id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, yaml.MappingNode):
                keys = [key.value for key, _ in node.value]
                for i, (key, child) in enumerate(node.value):
                    if key.value in keys[:i]:
                        yield str(key.value), key.start_mark.line + 1
                    waiting.append(child)
            elif isinstance(node, yaml.SequenceNode):
                waiting.extend(node.value)


def read(name: str, text: str) -> Source:
    """The content of a file of that name. Raises UnreadableError."""
    try:
        _check_depth(text)
        loader = _Yaml(text)
        root = loader.get_single_node()
        return Source(name, None if root is None else loader.construct_document(root), root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        told = " ".join(str(error).split())
        # What should have followed is missed on the line behind the last.
        line = 1 if mark is None else min(mark.line, text.count("\n")) + 1
        raise UnreadableError(name, line, told) from None
    except yaml.YAMLError as error:
        raise UnreadableError(name, 1, " ".join(str(error).split())) from None
    except RecursionError:
        raise UnreadableError(name, 1, "it is nested too deeply") from None


def read_file(path: Path, name: str) -> Source:
    """The content of a file, called `name` in errors. Raises UnreadableError, OSError."""
    try:
        return read(name, path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise UnreadableError(name, 1, str(error)) from None


def checked(source: Source) -> RuleFile:
    """The rules of a source. Raises RuleError with the first thing that is wrong."""
    try:
        return source.file
    except ValidationError as error:
        first = error.errors()[0]
        where = source.place(first["loc"])
        raise RuleError(f"{source.name}: {where} is {shown(first)}: {first['msg']}") from None


def shown(error: ErrorDetails) -> str:
    """What stands where pydantic found an error, in short; "missing" where nothing does."""
    value = "missing" if error["type"] == "missing" else _SHORT.repr(error["input"])
    return value if len(value) < _WIDEST else value[: _WIDEST - 4] + " ..."


def _check_depth(text: str) -> None:
    """Raises RecursionError where lists and mappings are too deep in each other, yaml.YAMLError."""
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise RecursionError


def _child(node: yaml.Node | None, step: int | str) -> tuple[yaml.Node | None, yaml.Node | None]:
    """What marks the place of a step (a key, or an item itself), and the node there."""
    if isinstance(node, yaml.MappingNode):
        return next(((k, v) for k, v in node.value if k.value == step), (None, None))
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None, None
