"""A batch of decoded events against the rules: which rule fails on which row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from schemas.events import EVENTS, EventType
from validators.evaluate import UNUSABLE, evaluate, evaluate_any
from validators.rule import Example, Rule
from validators.ruleset import RuleSet
from validators.titles import KEY, NO_TITLES, Titles, look_up
from validators.truth import Mask
from validators.values import seen

#: Further off than any time, but near enough for a difference of two to be a whole number of 64 bits.
_FAR_MS = 1 << 62

_POLARS = {
    "string": pl.String,
    "long": pl.Int64,
    "int": pl.Int32,
    "boolean": pl.Boolean,
    "double": pl.Float64,
}


@dataclass(frozen=True)
class Findings:
    """What the rules say of a batch: `failed[r, i]` where rule r fails on row i."""

    rules: tuple[Rule, ...]
    failed: npt.NDArray[np.bool_]

    def of_severity(self, severity: str) -> Mask:
        """Rows on which at least one rule of the severity fails. Shape (rows,)."""
        chosen = [i for i, rule in enumerate(self.rules) if rule.severity == severity]
        found: Mask = self.failed[chosen].any(axis=0)
        return found

    def reasons(self, row: int) -> list[str]:
        """Names of the rules that fail on a row, in the order of the rule set."""
        return [rule.name for rule, failed in zip(self.rules, self.failed[:, row], strict=True) if failed]


def inspect(rules: tuple[Rule, ...], frame: pl.DataFrame) -> Findings:
    """Judge every row of a frame from `columns` by every rule. Raises what polars raises."""
    return Findings(rules, evaluate(rules, frame))


def inspect_together(parts: Sequence[tuple[tuple[Rule, ...], int]], frame: pl.DataFrame) -> list[Findings]:
    """Judge a frame of several event types, one behind the other: for each, its rules and its number of rows.

    A rule that types share is evaluated once, over the whole frame: up to some thousand rows, what costs is
    the expression and not the rows. What it says of the rows of another type is dropped. Does not raise.
    """
    distinct = {id(rule): rule for rules, _ in parts for rule in rules}
    place = {key: i for i, key in enumerate(distinct)}
    failed = evaluate_any(tuple(distinct.values()), frame)
    found, start = [], 0
    for rules, height in parts:
        found.append(Findings(rules, failed[[place[id(r)] for r in rules], start : start + height]))
        start += height
    return found


def columns(
    batches: Sequence[pa.RecordBatch], ingestion_ms: npt.NDArray[np.int64], titles: Titles = NO_TITLES
) -> pl.DataFrame:
    """What rules see of decoded batches, one behind the other, with one row at least: all their fields, null
    where an event has no such field, `ingestion_time`, `event_age_ms`, what `titles` says; times in ms."""
    # Arrow and numpy first: each call of polars' engine costs as much as judging a thousand rows.
    tables = [pa.Table.from_batches([batch]) for batch in batches]
    (whole,) = pa.concat_tables(tables, promote_options="default").combine_chunks().to_batches()
    arrays = [c.view(pa.int64()) if pa.types.is_timestamp(c.type) else c for c in whole.columns]
    named = dict(zip(whole.schema.names, arrays, strict=True))
    # Bounded, or the age of a time before all times would wrap around and be one in the future.
    age_ms = ingestion_ms - named["event_time"].to_numpy().clip(-_FAR_MS, _FAR_MS)
    named |= {"ingestion_time": pa.array(ingestion_ms), "event_age_ms": pa.array(age_ms)}
    if KEY in named:
        named |= look_up(named[KEY], titles)
    return pl.DataFrame(pa.RecordBatch.from_pydict(named))


def example_frame(event: EventType, examples: tuple[Example, ...]) -> pl.DataFrame:
    """Examples as rules would see them; a field that an example leaves out is null."""
    schema = _example_fields(event)
    frame = pl.DataFrame([{n: e.get(n) for n in schema} for e in examples], schema=schema)
    return frame.with_columns((pl.col("ingestion_time") - pl.col("event_time")).alias("event_age_ms"))


def first_line(error: BaseException) -> str:
    """What polars says, without its plan."""
    return str(error).partition("\n")[0]


def broken_examples(rules: RuleSet) -> list[str]:
    """Examples that do not do what their rule says of them or have fields that their event has not, and rules
    that no expression engine can read."""
    return [
        p
        for event, of_event in rules.rules.items()
        for rule in of_event
        for p in example_problems(event, rule)
    ]


def _example_fields(event: EventType) -> dict[str, type[pl.DataType]]:
    return {name: _POLARS[column.avro] for name, column in seen(event).items()}


def example_problems(event: str, rule: Rule) -> list[str]:
    """The examples of one rule that do not do what it says of them; or why it cannot be tried."""
    examples = (*rule.passes, *rule.fails)
    known = _example_fields(EVENTS[event])
    if unknown := set().union(*examples) - known.keys():
        named = ", ".join(sorted(unknown))
        return [f"{event}.{rule.name}: an example has {named}, which is no field: use {', '.join(known)}"]
    try:
        # All in one frame, so that an expression that looks at other rows gives itself away.
        failed = inspect((rule,), example_frame(EVENTS[event], examples)).failed[0]
    except UNUSABLE as error:
        return [f"{event}.{rule.name}: {first_line(error)}"]
    wrong = np.flatnonzero(failed != (np.arange(len(examples)) >= len(rule.passes)))
    return [f"{event}.{rule.name}: example {examples[i]} {'fails' if failed[i] else 'passes'}" for i in wrong]
