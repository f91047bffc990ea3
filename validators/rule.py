"""A rule: what must hold for one event, as a SQL boolean expression, and why.

The expression is polars' SQL (https://docs.pola.rs/api/python/stable/reference/sql/) over the event's
fields, with times as integers of milliseconds, and some more columns: `ingestion_time` (when the broker took
the record), `event_age_ms` (`ingestion_time - event_time`), and of an event with a title what the catalogue
says of it (`validators.titles`).
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from schemas.events import EVENT_NAMES

Severity = Literal["reject", "warn", "observe"]
Dimension = Literal["validity", "completeness", "consistency", "uniqueness", "timeliness", "accuracy"]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    raise PydanticCustomError("plain", "Input should be a text, a number, true, false or null")


#: Fields of an example: those that the rule reads. The others are null.
Example = dict[str, Annotated[Any, AfterValidator(_plain)]]

EventName = Annotated[str, Field(json_schema_extra={"enum": list(EVENT_NAMES)})]
Consumer = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*([.][a-z][a-z0-9_]*)?$")]


class Rule(BaseModel):
    """One rule on one event type.

    It fails where `when` is true and `expect` is not. Null is decided by the rule: an `expect` that comes out
    null fails, unless `on_null` is `pass`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,47}$", description="The reason that a failure gives.")
    expect: str = Field(description="What must hold: a SQL boolean expression over the event's fields.")
    when: str | None = Field(default=None, description="Where the rule applies: a SQL boolean expression.")
    on_null: Literal["pass", "fail"] = Field(
        default="fail", description="What becomes of an `expect` that is null."
    )
    severity: Severity = Field(
        default="reject", description="reject sets aside, warn marks, observe only tells."
    )
    dimension: Dimension = Field(description="Which dimension of data quality the rule guards.")
    why: str = Field(min_length=10, description="What goes wrong without the rule, in one sentence.")
    needed_by: tuple[Consumer, ...] = Field(
        default=(),
        description="What would be wrong without it: views, view.feature, every_view, models, every_model.",
    )
    passes: tuple[Example, ...] = Field(min_length=1, description="Events that must pass.")
    fails: tuple[Example, ...] = Field(min_length=1, description="Events that must fail.")

    @cached_property
    def failure(self) -> pl.Expr:
        """True where the rule fails; never null. Raises polars' SQL errors for text that is no expression."""
        holds = pl.sql_expr(self.expect).fill_null(self.on_null == "pass")
        if self.when is None:
            return (~holds).alias(self.name)
        return (pl.sql_expr(self.when).fill_null(False) & ~holds).alias(self.name)


#: The fields of a rule that decide what becomes of an event. The others tell people what it is for.
DECIDING = ("name", "expect", "when", "on_null", "severity")


class RuleFile(BaseModel):
    """One YAML file: rules on the event types it lists, or on every one of them (`on: "*"`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: Literal["*"] | tuple[EventName, ...] = Field(description='Event types, or "*" for all of them.')
    rules: tuple[Rule, ...]

    @property
    def events(self) -> tuple[str, ...]:
        """The event types that the file names; not all of them need exist."""
        return EVENT_NAMES if self.on == "*" else self.on


def json_schema() -> str:
    """The JSON Schema of a rule file, for editors, as it stands in `rules/schema.json`."""
    return json.dumps(RuleFile.model_json_schema(), indent=2) + "\n"
