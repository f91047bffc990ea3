"""A rule: what must hold for one event, as a SQL boolean expression, and why.

The expression is polars' SQL (https://docs.pola.rs/api/python/stable/reference/sql/) over the event's
fields, with times as integers of milliseconds, and two more columns: `ingestion_time` (when the broker took
the record) and `event_age_ms` (`ingestion_time - event_time`).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

Severity = Literal["reject", "warn", "observe"]
Dimension = Literal["validity", "completeness", "consistency", "uniqueness", "timeliness", "accuracy"]

#: Fields of an example: those that the rule reads. The others are null.
Example = dict[str, Any]


class Rule(BaseModel):
    """One rule on one event type.

    It fails where `when` is true and `expect` is not. Null is decided by the rule: an `expect` that comes out
    null fails, unless `on_null` is `pass`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,47}$")
    expect: str
    when: str | None = None
    on_null: Literal["pass", "fail"] = "fail"
    severity: Severity = "reject"
    dimension: Dimension
    why: str = Field(min_length=10)
    passes: tuple[Example, ...] = Field(min_length=1)
    fails: tuple[Example, ...] = Field(min_length=1)

    @cached_property
    def failure(self) -> pl.Expr:
        """True where the rule fails; never null. Raises polars' SQL errors for text that is no expression."""
        holds = pl.sql_expr(self.expect).fill_null(self.on_null == "pass")
        if self.when is None:
            return (~holds).alias(self.name)
        return (pl.sql_expr(self.when).fill_null(False) & ~holds).alias(self.name)


class RuleFile(BaseModel):
    """One YAML file: rules on the event types it lists, or on every one of them (`on: "*"`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: Literal["*"] | tuple[str, ...]
    rules: tuple[Rule, ...]
