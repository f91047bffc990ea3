"""All rules in force, by event type, with a hash of what decides a verdict, which every verdict carries."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import orjson

from schemas.events import EVENT_NAMES
from validators.rule import DECIDING, Rule
from validators.source import RuleError, Source, checked, read_file

RULES_DIR = Path(__file__).parent / "rules"


@dataclass(frozen=True)
class RuleSet:
    """Rules by event type, in the order in which their reasons are listed."""

    rules: Mapping[str, tuple[Rule, ...]]

    @cached_property
    def hash(self) -> str:
        """Twelve hexadecimal digits of the SHA-256 of what decides a verdict: `DECIDING` of every rule.

        Two verdicts of one hash were judged alike. What a rule is for (`why`, `dimension`, `needed_by`, its
        examples), comments and the names of files do not count.
        """
        content = {
            event: {r.name: r.model_dump(include=set(DECIDING)) for r in rules}
            for event, rules in self.rules.items()
        }
        return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]


def files_of(path: Path) -> list[Path]:
    """The rule files of a directory, in the order of their reasons; of a file, the file itself."""
    if not path.is_dir():
        return [path]
    return sorted(path.glob("*.yaml"), key=lambda p: in_order(p.name))


def in_order(name: str) -> tuple[bool, str]:
    """By what the files of a set are sorted: what is common stands first, and so do its reasons."""
    return name != "common.yaml", name.removesuffix(".yaml")


def load(path: Path = RULES_DIR) -> RuleSet:
    """The rule set of a directory of YAML files, or of one file. Raises RuleError."""
    return united([read_file(file, file.name) for file in files_of(path)])


def united(sources: Iterable[Source]) -> RuleSet:
    """The rules of all sources. Raises RuleError."""
    by_event: dict[str, list[Rule]] = {event: [] for event in EVENT_NAMES}
    for source in sources:
        file = checked(source)
        for event in file.events:
            if event not in by_event:
                raise RuleError(
                    f"{source.name}: on: {event!r} is no event type; use {', '.join(EVENT_NAMES)}"
                )
            by_event[event].extend(file.rules)
    for event, rules in by_event.items():
        names = [r.name for r in rules]
        twice = {n for n in names if names.count(n) > 1}
        if twice:
            raise RuleError(
                f"{event}: two rules are named {', '.join(sorted(twice))}; names are reasons, rename one"
            )
    return RuleSet({event: tuple(rules) for event, rules in by_event.items()})
