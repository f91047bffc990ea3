"""All rules in force, by event type, with a hash of their content that every verdict carries."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
import yaml
from pydantic import ValidationError

from schemas.events import EVENT_NAMES
from validators.rule import Rule, RuleFile

RULES_DIR = Path(__file__).parent / "rules"


class RuleError(ValueError):
    """A rule file that cannot be used: which file, which rule, which field, and what is expected."""


@dataclass(frozen=True)
class RuleSet:
    """Rules by event type, in the order in which their reasons are listed."""

    rules: Mapping[str, tuple[Rule, ...]]

    @cached_property
    def hash(self) -> str:
        """Twelve hexadecimal digits of the SHA-256 of the content; comments and file names do not count."""
        content = {event: {r.name: r.model_dump() for r in rules} for event, rules in self.rules.items()}
        return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]


class _Yaml(yaml.SafeLoader):
    """YAML whose only booleans are true and false, so that `on` is a word and NO is a country (YAML 1.2)."""


_Yaml.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Yaml.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def load(directory: Path = RULES_DIR) -> RuleSet:
    """The rule set of a directory of YAML files. Raises RuleError."""
    by_event: dict[str, list[Rule]] = {event: [] for event in EVENT_NAMES}
    for path in sorted(directory.glob("*.yaml"), key=lambda p: (p.stem != "common", p.stem)):
        file = _read(path)
        for event in EVENT_NAMES if file.on == "*" else file.on:
            if event not in by_event:
                raise RuleError(f"{path.name}: on: {event!r} is no event type; use {', '.join(EVENT_NAMES)}")
            by_event[event].extend(file.rules)
    for event, rules in by_event.items():
        names = [r.name for r in rules]
        twice = {n for n in names if names.count(n) > 1}
        if twice:
            raise RuleError(
                f"{event}: two rules are named {', '.join(sorted(twice))}; names are reasons, rename one"
            )
    return RuleSet({event: tuple(rules) for event, rules in by_event.items()})


def _read(path: Path) -> RuleFile:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Yaml)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RuleError(f"{path.name} is no YAML: {' '.join(str(error).split())}") from None
    try:
        return RuleFile.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        value = "missing" if first["type"] == "missing" else repr(first["input"])
        raise RuleError(f"{path.name}: {_place(content, first['loc'])} is {value}: {first['msg']}") from None


def _place(content: Any, where: tuple[int | str, ...]) -> str:
    """Where pydantic found an error: the rule by its name (or its number from 1), and the field."""
    if len(where) < 2 or where[0] != "rules":
        return ".".join(map(str, where)) or "the file"
    rule, field = content["rules"][where[1]], ".".join(map(str, where[2:]))
    name = rule.get("name") if isinstance(rule, dict) else None
    return f"rule {name or int(where[1]) + 1}" + (f": {field}" if field else "")
