"""YAML of rule files: read in C, within bounds, its only booleans true and false."""

from __future__ import annotations

import re
from typing import Any

import yaml

#: Lists and mappings in each other. What reads in C has no bound of its own, and ends the process.
DEEPEST = 100
#: Characters of a number. Python takes minutes for a million digits in base 60, and does not show 5,000.
_LONGEST_NUMBER = 100
_TAG = "tag:yaml.org,2002:"
_OTHERWISE = {_TAG + kind for kind in ("bool", "merge", "value")}


class NotYamlError(ValueError):
    """What is wrong with a text, and the line on which that shows, from 1."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line, self.problem = line, problem


class _Yaml(yaml.CSafeLoader):
    """As YAML 1.2 has it, `on` is a word, NO a country, and `<<` and `=` are keys like any other."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """A value, or an error with its line where Python has no such value: a date of the 13th month."""
        kind = node.tag.removeprefix(_TAG)
        if kind in ("int", "float") and len(node.value) > _LONGEST_NUMBER:
            raise _error(f"a number has more than {_LONGEST_NUMBER} characters", node.start_mark)
        try:
            return super().construct_object(node, deep)
        except ValueError as error:
            raise _error(str(error), node.start_mark) from None
        except (LookupError, AttributeError):
            raise _error(f"{node.value!r} is no {kind}", node.start_mark) from None


_Yaml.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _OTHERWISE]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Yaml.add_implicit_resolver(_TAG + "bool", re.compile("^(?:true|false)$"), list("tf"))


def parse(text: str) -> tuple[Any, yaml.Node | None]:
    """The content of a text, and the node of each part of it. Raises NotYamlError."""
    try:
        _check(text)
        loader = _Yaml(text)
        root = loader.get_single_node()
        return None if root is None else loader.construct_document(root), root
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # What should have followed is missed on the line behind the last.
        line = 1 if mark is None else min(mark.line + 1, len(text.splitlines()) or 1)
        problem = ", ".join(filter(None, (error.context, error.problem)))
        raise NotYamlError(line, " ".join(problem.split())) from None
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        raise NotYamlError(1, " ".join(str(error).split())) from None


def _check(text: str) -> None:
    """Raises yaml.YAMLError. What a name stands for holds no name itself: it could be as deep as there are
    names, endless, or of a size that grows tenfold with each.
    """
    # Of each list and mapping that is open, whether it has a name or is in one that has.
    named: list[bool] = []
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            named.append(event.anchor is not None or named[-1:] == [True])
            if len(named) > DEEPEST:
                raise _error("it is nested too deeply", event.start_mark)
        elif isinstance(event, yaml.CollectionEndEvent):
            named.pop()
        elif isinstance(event, yaml.AliasEvent) and named[-1:] == [True]:
            raise _error(f"*{event.anchor} stands in a part that has a name itself", event.start_mark)


def _error(problem: str, mark: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
