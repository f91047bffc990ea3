"""A rule file as it was written: its content, and the line on which each part of it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from validators.rule import RuleFile
from validators.yaml_text import NotYamlError, parse

#: Where a part stands: keys and places in lists, such as ("rules", 0, "expect").
Where = tuple[int | str, ...]


class RuleError(ValueError):
    """A rule file that cannot be used: which file, which rule, which field, and what is expected."""


class UnreadableError(RuleError):
    """A file that is no YAML, and the line on which that shows."""

    def __init__(self, name: str, line: int, problem: str) -> None:
        super().__init__(f"{name} is no YAML: {problem} (line {line})")
        self.line, self.problem = line, problem


#: Characters of what an error shows of a value.
_WIDEST = 80


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
        return f"rule {called(rule, int(where[1]))}" + (f": {field}" if field else "")

    def repeated(self) -> Iterator[tuple[str, int]]:
        """Keys that stand twice in one mapping, of which YAML would keep the last, each with its line."""
        waiting, seen = [self.root], set()
        while waiting:
            node = waiting.pop()
            if node is None or id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, yaml.MappingNode):
                keys = set[str]()
                for key, child in node.value:
                    if key.value in keys:
                        yield key.value, key.start_mark.line + 1
                    keys.add(key.value)
                    waiting.append(child)
            elif isinstance(node, yaml.SequenceNode):
                waiting.extend(node.value)


def read(name: str, text: str) -> Source:
    """The content of a file of that name. Raises UnreadableError."""
    try:
        return Source(name, *parse(text))
    except NotYamlError as error:
        raise UnreadableError(name, error.line, error.problem) from None


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


def called(item: Any, place: int) -> str:
    """The name of an item of a list, or its number from 1 where it has none."""
    name = item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) and name else str(place + 1)


def shown(error: ErrorDetails) -> str:
    """What stands where pydantic found an error, in short; "missing" where nothing does."""
    value = "missing" if error["type"] == "missing" else repr(error["input"])
    return value if len(value) < _WIDEST else value[: _WIDEST - 4] + " ..."


def _child(node: yaml.Node | None, step: int | str) -> tuple[yaml.Node | None, yaml.Node | None]:
    """What marks the place of a step (a key, or an item itself), and the node there."""
    if isinstance(node, yaml.MappingNode):
        return next(((k, v) for k, v in node.value if k.value == step), (None, None))
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None, None
