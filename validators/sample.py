"""Events that can be, made to try a rule on: values at and beside every bound that the rule names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from math import prod
from random import Random
from typing import Any

import polars as pl

from schemas.events import Column, EventType
from validators.inspect import example_frame
from validators.rule import Example, Rule
from validators.values import AGE, fits, seen

MOST_ROWS = 4_096

_NOW_MS = 1_767_225_600_000
_EXTREMES: dict[str, tuple[Any, ...]] = {
    "string": ("", "a", "A", "0", "a" * 65),
    "long": (0, 1, -1, 2**53, -(2**53), _NOW_MS),
    "int": (0, 1, -1, 2**31 - 1, -(2**31)),
    "boolean": (True, False),
    "double": (0.0, 1.0, -1.0, 1e300, -1e300),
}
_TEXT = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"-?\b\d{1,19}(?:\.\d+)?\b")
_LONGEST_TEXT = 4_096


def possible_events(event: EventType, rule: Rule) -> pl.DataFrame:
    """At most some MOST_ROWS events that a decoder could give, as rules see them.

    A field that the schema requires is never null. All combinations of the values of the fields that the rule
    reads if there are few, else the same random ones each time; and the rule's own examples, with each of
    these values put in. Fields that the rule does not read are null.
    """
    read = set(rule.failure.meta.root_names())
    columns = [c for c in (*seen(event).values(), AGE) if c.name in read]
    values = {column.name: _values(column, rule) for column in columns}
    return example_frame(event, tuple(_timed(row) for row in (*_combined(values), *_varied(values, rule))))


def _values(column: Column, rule: Rule) -> list[Any]:
    sql = f"{rule.expect} {rule.when or ''}"
    texts = [text.replace("''", "'") for text in _TEXT.findall(sql)]
    bounds = [float(n) if "." in n else int(n) for n in _NUMBER.findall(_TEXT.sub("", sql))]
    near = [n + step for n in bounds for step in (-1, 0, 1)]
    near += [-n for n in near]  # A minus may stand apart from its number.
    long = ["a" * n for n in near if isinstance(n, int) and 0 <= n <= _LONGEST_TEXT]
    shown = [example.get(column.name) for example in (*rule.passes, *rule.fails)]
    beside = [other for text in shown if isinstance(text, str) for other in (f"?{text}", f"{text}?")]
    candidates = (*_EXTREMES[column.avro], *texts, *near, *long, *shown, *beside)
    possible = [None] if column.nullable else []
    return possible + list(dict.fromkeys(v for v in candidates if fits(column, v)))


def _combined(values: dict[str, list[Any]]) -> Iterator[dict[str, Any]]:
    if prod(map(len, values.values())) <= MOST_ROWS:
        rows: Iterator[tuple[Any, ...]] = product(*values.values())
    else:
        rng = Random(0)
        rows = (tuple(map(rng.choice, values.values())) for _ in range(MOST_ROWS))
    return (dict(zip(values, row, strict=True)) for row in rows)


def _varied(values: dict[str, list[Any]], rule: Rule) -> Iterator[dict[str, Any]]:
    for example in (*rule.passes, *rule.fails):
        row = {name: example.get(name) for name in values if name != AGE.name}
        for name, column_values in values.items():
            for value in column_values:
                changed = row | {name: value}
                if all(v in values[n] for n, v in changed.items()):
                    yield changed


def _timed(row: dict[str, Any]) -> Example:
    """An age is the difference of two times, of which the row may have one."""
    if (age := row.get(AGE.name)) is None:
        return row
    began = row.get("event_time", _NOW_MS)
    return {name: v for name, v in row.items() if name != AGE.name} | {
        "event_time": began,
        "ingestion_time": began + age,
    }
