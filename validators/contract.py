"""A data contract in the Open Data Contract Standard, as far as rules need it.

Version 3 of https://bitol-io.github.io/open-data-contract-standard/. What a contract says beyond these fields
is kept as it was written (`model_extra`), so that it can be told.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from validators.source import RuleError, Source, shown

#: The engine of checks that are rules of ours, and the property that has what the standard has no field for.
OURS = "headwater"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow", alias_generator=to_camel, populate_by_name=True)


class CustomProperty(_Part):
    """Whatever the standard has no field for."""

    property: str
    value: Any = None


class Quality(_Part):
    """A check, on an object or on one of its properties."""

    name: str | None = None
    type: Literal["text", "library", "sql", "custom"] = "library"
    description: str | None = None
    dimension: str | None = None
    severity: str | None = None
    metric: str | None = None
    rule: str | None = Field(default=None, description="What version 3.0 calls `metric`.")
    arguments: dict[str, Any] | None = None
    query: str | None = None
    engine: str | None = None
    implementation: str | dict[str, Any] | None = None
    custom_properties: tuple[CustomProperty, ...] = ()


class EnumValue(_Part):
    """One value of those that a property may have (version 3.2)."""

    value: str | int | float | bool | None


class Property(_Part):
    """A field of an event."""

    name: str
    logical_type: str | None = None
    physical_type: str | None = None
    description: str | None = None
    required: bool = False
    logical_type_options: dict[str, Any] = {}
    enum: tuple[EnumValue, ...] = ()
    examples: tuple[Any, ...] = ()
    quality: tuple[Quality, ...] = ()


class SchemaObject(_Part):
    """An event type."""

    name: str
    logical_type: str | None = None
    physical_name: str | None = None
    physical_type: str | None = None
    description: str | None = None
    properties: tuple[Property, ...] = ()
    quality: tuple[Quality, ...] = ()


class Contract(_Part):
    """The whole of it."""

    api_version: str = Field(pattern=r"^v3[.]")
    kind: Literal["DataContract"]
    id: str
    name: str | None = None
    version: str
    status: str | None = None
    schema_: tuple[SchemaObject, ...] = Field(default=(), alias="schema")


def contract(source: Source) -> Contract:
    """The contract in a source. Raises RuleError with the place of the first thing that is wrong."""
    try:
        return Contract.model_validate(source.content)
    except ValidationError as error:
        first = error.errors()[0]
        where = first["loc"]
        place = f"{source.name}:{source.line(*where)}: {'.'.join(map(str, where)) or 'the contract'}"
        raise RuleError(f"{place} is {shown(first)}: {first['msg']}") from None
