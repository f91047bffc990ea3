"""A rule set as it is published: its files, whole, and which of its rules only observe so far."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import orjson

from validators.compare import Change, compare
from validators.inspect import broken_examples
from validators.rule import DECIDING, Rule
from validators.ruleset import RULES_DIR, RuleSet, files_of, in_order, united
from validators.source import RuleError, read


@dataclass(frozen=True)
class RuleText:
    """A rule file: its name without a folder, and its text."""

    name: str
    text: str


@dataclass(frozen=True)
class Published:
    """A record of the topic of rule sets, a JSON object of these fields.

    `observe` has rules as `event.rule`: their severity is `observe`, whatever their file says.
    `hash` is that of `rules`.
    """

    hash: str
    applied_at_ms: int
    note: str
    files: tuple[RuleText, ...]
    observe: tuple[str, ...] = ()

    def to_json(self) -> bytes:
        """As it stands in its topic."""
        return orjson.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: bytes | None) -> Published:
        """What `to_json` told. Raises RuleError for anything else."""
        try:
            told: dict[str, Any] = orjson.loads(text or b"")
            files = tuple(RuleText(str(f["name"]), str(f["text"])) for f in told["files"])
            if not files:
                raise ValueError("no files")
            at_ms, observe = int(told["applied_at_ms"]), tuple(map(str, told["observe"]))
            return cls(str(told["hash"]), at_ms, str(told["note"]), files, observe)
        except (ValueError, TypeError, KeyError) as error:
            raise RuleError(f"no published rules: {type(error).__name__} {error}") from None

    @cached_property
    def rules(self) -> RuleSet:
        """What judges. Raises RuleError where a gate would not start with it, and nothing else."""
        rules = observing(rules_in(self.files), self.observe)
        try:
            broken = broken_examples(rules)
        except Exception as error:  # polars raises whatever an example leads it to
            raise RuleError(f"examples cannot be tried: {error}") from None
        if broken:
            raise RuleError("; ".join(broken))
        return rules


def rules_in(files: Iterable[RuleText]) -> RuleSet:
    """The rules of files, as they say themselves. Raises RuleError."""
    return united([read(file.name, file.text) for file in files])


def shipped() -> Published:
    """The rules that are in force where none were published."""
    files = tuple(RuleText(path.name, path.read_text(encoding="utf-8")) for path in files_of(RULES_DIR))
    return Published(rules_in(files).hash, 0, "shipped", files)


def placed(before: Published, given: Collection[RuleText], only: bool) -> tuple[RuleText, ...]:
    """The files of a set in which those given take the places of those of their names; `only` they remain."""
    names = {file.name for file in given}
    kept = () if only else (file for file in before.files if file.name not in names)
    return tuple(sorted((*kept, *given), key=lambda file: in_order(file.name)))


def proposed(
    before: Published, given: Collection[RuleText], only: bool, observe_first: bool, now_ms: int, note: str
) -> Published:
    """What a set becomes with files given. Raises RuleError.

    With `observe_first`, their rules that are new, or other than those in force, only observe. What observes
    by now goes on doing so until its file is given again.
    """
    files = placed(before, given, only)
    names = {file.name for file in given}
    kept = named(rules_in(f for f in files if f.name not in names))
    observe = {name for name in before.observe if name in kept}
    plain = rules_in(files)
    if observe_first:
        changes = deciding(compare(before.rules, plain))
        observe |= {f"{e}.{c.rule}" for c in changes if c.kind != "removed" for e in c.events}
    after = Published("", now_ms, note, files, tuple(sorted(observe)))
    return replace(after, hash=after.rules.hash)


def deciding(changes: Iterable[Change]) -> list[Change]:
    """Those that may change a verdict."""
    return [c for c in changes if c.kind != "changed" or any(f.field in DECIDING for f in c.fields)]


def named(rules: RuleSet) -> set[str]:
    """The rules of a set as `event.rule`."""
    return {f"{event}.{rule.name}" for event, of_event in rules.rules.items() for rule in of_event}


def observing(rules: RuleSet, names: Collection[str]) -> RuleSet:
    """The set in which some rules, told as `event.rule`, only observe."""
    # One object for all event types that share a rule, as before: it is evaluated once.
    changed: dict[int, Rule] = {}

    def of(event: str, rule: Rule) -> Rule:
        if f"{event}.{rule.name}" not in names:
            return rule
        return changed.setdefault(id(rule), rule.model_copy(update={"severity": "observe"}))

    return RuleSet({event: tuple(of(event, rule) for rule in found) for event, found in rules.rules.items()})
