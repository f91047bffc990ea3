"""Rules that a sample of events suggests, each with how many of them it was tried on and how many fail.

A suggestion is a place to begin: it says what is usual, and only somebody who knows the event can say what is
right. The same sample gives the same suggestions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.codec import decode_batch
from schemas.events import Column, EventType
from validators.inspect import columns, example_frame, inspect
from validators.jsonl import Event
from validators.proposals import Draft, drafts, example
from validators.rule import Rule
from validators.values import AGE, fields
from validators.wilson import wilson
from validators.writing import rule_file

#: From fewer values nothing is concluded, and a rule that more of the sample breaks is not suggested.
LEAST_VALUES, MOST_FAILING = 20, 0.05

#: Times move on: what is usual of them today is not tomorrow.
_PASSING = {"event_time"}


@dataclass(frozen=True)
class Suggestion:
    """A rule, how many events it was tried on, and how many of those fail."""

    rule: Rule
    tried: int
    failing: int

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% interval of the share of events that would fail."""
        return wilson(self.failing, self.tried)


def readable(
    event: EventType, frames: Sequence[bytes | None], ingestion_ms: npt.NDArray[np.int64]
) -> list[Event]:
    """The events among raw records of one type, as `validators.jsonl` reads them. Holds for any bytes."""
    decoded = decode_batch(event, frames)
    if not decoded.rows:
        return []
    return columns([decoded.batch], ingestion_ms[decoded.rows]).select(list(fields(event))).to_dicts()


def suggest(event: EventType, sample: Sequence[Event]) -> list[Suggestion]:
    """The rules that events of one type suggest, as `validators.jsonl` reads them. Deterministic."""
    frame = example_frame(event, tuple(sample))
    lasting = [c for c in (*event.columns, AGE) if c.name not in _PASSING]
    return [suggestion for column in lasting for suggestion in _of(column, frame)]


def to_yaml(event: EventType, suggestions: Sequence[Suggestion], tried: int) -> str:
    """A rule file of suggestions, for somebody to read, correct and keep."""
    head = f"Suggested from {tried:,} events. Say of each rule why what is usual is right."
    return rule_file((event.name,), [suggestion.rule for suggestion in suggestions], head)


def _of(column: Column, frame: pl.DataFrame) -> Iterator[Suggestion]:
    values = frame[column.name].drop_nulls().to_list()
    if len(values) < LEAST_VALUES:
        return
    for draft in drafts(column, values):
        rule = _rule(column, draft)
        tried = frame.height if rule.on_null == "fail" else len(values)
        failing = int(inspect((rule,), frame).failed.sum())
        if failing <= MOST_FAILING * tried:
            yield _told(Suggestion(rule, tried, failing), f"{column.name} {draft.what}")


def _rule(column: Column, draft: Draft) -> Rule:
    optional = column.nullable and draft.fails != (None,)
    return Rule(
        name=f"{column.name}_{draft.suffix}",
        expect=draft.expect,
        on_null="pass" if optional else "fail",
        severity="warn",
        dimension=draft.dimension,
        why="To be said.",
        passes=tuple(example(column.name, value) for value in draft.passes),
        fails=tuple(example(column.name, value) for value in draft.fails),
    )


def _told(found: Suggestion, what: str) -> Suggestion:
    low, high = found.interval
    held = f"{found.tried - found.failing:,} of {found.tried:,} events"
    why = f"{what} in {held}; of all, {low:.2%} to {high:.2%} would fail (95%)."
    return replace(found, rule=found.rule.model_copy(update={"why": why}))
