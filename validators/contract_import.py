"""Rules from a data contract: those of ours as they were, those of others as far as a rule can say them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import get_args

from pydantic import ValidationError

from schemas.events import EVENT_NAMES, EVENTS, Column, EventType
from schemas.topics import raw, valid
from validators.contract import OURS, Contract, Property, Quality, SchemaObject
from validators.contract_checks import Said, of_property, of_quality
from validators.contract_export import DIMENSIONS, LOGICAL
from validators.inspect import example_problems
from validators.lint_rule import choose
from validators.proposals import Draft, example
from validators.rule import Dimension, Rule, Severity
from validators.ruleset import RuleSet

_SEVERITIES = {"error": "reject", "warning": "warn", "info": "observe"}
_DIMENSIONS = {theirs: ours for ours, theirs in DIMENSIONS.items()}
#: What asks nothing of an event.
_SILENT = {"id", "businessName", "tags", "customProperties", "authoritativeDefinitions", "description"}
_SILENT |= {"primaryKey", "primaryKeyPosition", "classification", "criticalDataElement", "synonyms"}
_SILENT |= {"deprecated", "domain", "tenant", "dataProduct", "contractCreatedTs", "physicalName"}
_LONGEST_NAME = 48
#: Which types of the standard a column may have; a time is a whole number here.
_LOGICAL_OF = {
    avro: (logical, *(("timestamp",) if avro == "long" else ())) for avro, logical in LOGICAL.items()
}


@dataclass
class Imported:
    """The rules of a contract, and what of it no rule says, a line each."""

    contract: Contract
    rules: dict[str, list[Rule]] = field(default_factory=lambda: {event: [] for event in EVENT_NAMES})
    unsaid: list[str] = field(default_factory=list)

    @property
    def ruleset(self) -> RuleSet:
        """The rules as a set."""
        return RuleSet({event: tuple(rules) for event, rules in self.rules.items()})

    def read(self, part: SchemaObject) -> None:
        """Take in an object of the schema."""
        names = {part.name, part.physical_name}
        event = next((e for e in EVENTS.values() if names & {e.name, valid(e.name), raw(e.name)}), None)
        if event is None:
            self.unsaid.append(f"{part.name} is no event type, {choose(part.name, EVENTS)}")
            return
        self._pass_over(part, part.name)
        for quality in part.quality:
            if quality.engine == OURS:
                self._ours(event, quality, part.name)
            else:
                self.unsaid.append(f"{part.name}: check {_called(quality)} on the whole of it")
        for told in part.properties:
            self._property(event, told, f"{part.name}.{told.name}")

    def _property(self, event: EventType, told: Property, at: str) -> None:
        columns = {column.name: column for column in event.columns}
        if told.name not in columns:
            self.unsaid.append(f"{at}: {event.name} has no such field, {choose(told.name, columns)}")
            return
        column = columns[told.name]
        if told.logical_type not in (None, *_LOGICAL_OF[column.avro]):
            self.unsaid.append(f"{at}: it is no {told.logical_type} here but a {column.avro}")
        self._pass_over(told, at)
        for said in of_property(column, told):
            self._add(event, column, said, at, Quality(description=told.description))
        for quality in told.quality:
            if quality.engine == OURS:
                self._ours(event, quality, at)
                continue
            for said in of_quality(column, told, quality):
                self._add(event, column, said, f"{at}: check {_called(quality)}", quality)

    def _pass_over(self, part: SchemaObject | Property, at: str) -> None:
        for name in sorted((part.model_extra or {}).keys() - _SILENT):
            self.unsaid.append(f"{at}: {name}")

    def _ours(self, event: EventType, quality: Quality, at: str) -> None:
        more = next((c.value for c in quality.custom_properties if c.property == OURS), None)
        told = {"name": quality.name, "expect": quality.implementation, "why": quality.description}
        told |= {"severity": quality.severity, "dimension": _ours_of(quality.dimension)}
        try:
            rule = Rule.model_validate((more if isinstance(more, dict) else {}) | told)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            self.unsaid.append(f"{at}: rule {_called(quality)}: {where}: {first['msg']}")
            return
        self._keep(event, rule, at)

    def _add(self, event: EventType, column: Column, said: Said, at: str, quality: Quality) -> None:
        if isinstance(said, str):
            self.unsaid.append(f"{at}: {said}")
            return
        optional = column.nullable and said.fails != (None,)
        rule = Rule(
            name=self._free(event, f"{column.name}_{said.suffix}"),
            expect=said.expect,
            on_null="pass" if optional else "fail",
            severity=_severity(quality),
            dimension=_dimension(quality, said),
            why=f"The contract {self.contract.id} ({self.contract.version}) says so of {column.name}.",
            passes=tuple(example(column.name, value) for value in said.passes),
            fails=tuple(example(column.name, value) for value in said.fails),
        )
        self._keep(event, rule, at)

    def _keep(self, event: EventType, rule: Rule, at: str) -> None:
        if problems := example_problems(event.name, rule):
            self.unsaid.append(f"{at}: {problems[0]}")
        elif any(rule.name == other.name for other in self.rules[event.name]):
            self.unsaid.append(f"{at}: a second rule {rule.name}")
        else:
            self.rules[event.name].append(rule)

    def _free(self, event: EventType, name: str) -> str:
        taken = {rule.name for rule in self.rules[event.name]}
        names = (name if n == 1 else f"{name}_{n}" for n in range(1, len(taken) + 2))
        return next(n for n in names if n not in taken)[:_LONGEST_NAME]


def imported(contract: Contract) -> Imported:
    """The rules of a contract. A rule is kept only if its examples do what it says of them."""
    found = Imported(contract)
    for name in sorted((contract.model_extra or {}).keys() - _SILENT):
        found.unsaid.append(f"{name}: it is no matter of rules")
    for part in contract.schema_:
        found.read(part)
    return found


def _called(quality: Quality) -> str:
    return quality.name or quality.metric or quality.rule or quality.description or quality.type


def _severity(quality: Quality) -> Severity:
    told = (quality.severity or "error").lower()
    found = _SEVERITIES.get(told, told)
    return found if found in get_args(Severity) else "warn"  # type: ignore[return-value]


def _ours_of(dimension: str | None) -> str | None:
    return _DIMENSIONS.get(dimension or "", dimension)


def _dimension(quality: Quality, said: Draft) -> Dimension:
    told = _ours_of(quality.dimension)
    return told if told in get_args(Dimension) else said.dimension  # type: ignore[return-value]
