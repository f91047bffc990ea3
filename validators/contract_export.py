"""The event types and the rules on them as a data contract that other tools can read."""

from __future__ import annotations

from typing import Any

import yaml

from schemas.events import EVENTS, Column, EventType
from schemas.topics import LATENESS_HORIZON_MS, valid
from validators.contract import OURS
from validators.rule import Rule
from validators.ruleset import RuleSet

LOGICAL = {
    "string": "string",
    "int": "integer",
    "long": "integer",
    "boolean": "boolean",
    "float": "number",
    "double": "number",
}
#: Where the standard has another word for a dimension.
DIMENSIONS = {"validity": "conformity"}


def exported(rules: RuleSet, kafka: str | None = None) -> dict[str, Any]:
    """A contract of version 3.1 as JSON values: what `valid.*` carries, and every rule as a check."""
    contract: dict[str, Any] = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "headwater-events",
        "name": "Viewing events",
        "version": "1.0.0",
        "status": "active",
        "schema": [_object(EVENTS[event], of_event) for event, of_event in rules.rules.items()],
        "slaProperties": [
            {
                "property": "latency",
                "value": LATENESS_HORIZON_MS // 1000,
                "unit": "s",
                "description": "An event that is older when it comes is late: kept, but counted by nothing.",
            }
        ],
        "customProperties": [{"property": "ruleset", "value": rules.hash}],
    }
    if kafka is not None:
        contract["servers"] = [{"server": "kafka", "type": "kafka", "host": kafka, "format": "avro"}]
    return contract


def to_yaml(contract: dict[str, Any]) -> str:
    """A contract as YAML."""
    # In ASCII: PyYAML writes some signs that end a line, such as U+0085, so that they read as a space.
    return yaml.safe_dump(contract, sort_keys=False, width=110)


def _object(event: EventType, rules: tuple[Rule, ...]) -> dict[str, Any]:
    return {
        "name": event.name,
        "logicalType": "object",
        "physicalName": valid(event.name),
        "physicalType": "topic",
        "description": event.schema["doc"],
        "properties": [_property(event, column) for column in event.columns],
        "quality": [_check(rule) for rule in rules],
    }


def _property(event: EventType, column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "logicalType": LOGICAL[column.avro],
        "physicalType": column.avro,
        "description": event.docs[column.name],
        "required": not column.nullable,
    }


def _check(rule: Rule) -> dict[str, Any]:
    told = rule.model_dump(mode="json", exclude={"severity", "dimension"}, exclude_defaults=True)
    return {
        "name": told.pop("name"),
        "type": "custom",
        "engine": OURS,
        "implementation": told.pop("expect"),
        "description": told.pop("why"),
        "dimension": DIMENSIONS.get(rule.dimension, rule.dimension),
        "severity": rule.severity,
        "customProperties": [{"property": OURS, "value": told}],
    }
