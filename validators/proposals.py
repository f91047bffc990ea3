"""Which rules a column of a sample suggests, untried: bounds, value sets, lengths, shapes.

Quantiles are order statistics and bounds are rounded outwards to two digits, as somebody would write them, so
that a few wrong events in the sample do not stretch a rule. Fractions and booleans suggest nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from schemas.events import Column
from validators.rule import Dimension, Example

#: How much of a sample may lie beyond a bound, on each side.
TAIL = 0.005
#: A set of values is small up to here, and a value that is rarer is taken for a fault.
MOST_VALUES, RAREST = 12, 0.01

#: Of bounds; that of a long leaves room for a time and an age beside it.
_LIMIT = {"long": 2**62, "int": 2**31 - 1}
_LONGEST_TEXT = 1_000
_BEGAN_MS = 1_767_225_600_000
_RUN = re.compile("[a-z]+|[A-Z]+|[0-9]+|[-_.:/@+ ]")
_CLASSES = ("a-z", "A-Z", "0-9")
_MOST_RUNS = 9


@dataclass(frozen=True)
class Draft:
    """A rule on one column, before it is tried. Examples are values of that column alone."""

    suffix: str
    expect: str
    dimension: Dimension
    what: str
    passes: tuple[Any, ...]
    fails: tuple[Any, ...]


def drafts(column: Column, values: Sequence[Any]) -> Iterator[Draft]:
    """The rules that the values of a column suggest; null is no value. Needs at least one."""
    if column.nullable:
        # A number that YAML and JSON have.
        some = next((v for v in values if not isinstance(v, float) or isfinite(v)), 0.0)
        yield Draft("present", f"{column.name} IS NOT NULL", "completeness", "is given", (some,), (None,))
    if column.avro in _LIMIT:
        yield from _range(column, sorted(values))
    elif column.avro == "string":
        counts = Counter(values)
        if len(counts) <= MOST_VALUES and len(values) >= 2 * len(counts):
            yield _set(column, counts)
        else:
            yield from _length(column, sorted(map(len, values)))
            yield from _shape(column, counts)


def quantile(ordered: Sequence[int], q: float) -> int:
    """The order statistic of a share q of a sorted sample, the same from either end.

    >>> [quantile(range(1_000), q) for q in (0, 0.005, 0.5, 0.995, 1)]
    [0, 5, 500, 994, 999]
    """
    if q > 0.5:
        return ordered[len(ordered) - 1 - int((1 - q) * len(ordered) + 1e-9)]
    return ordered[min(int(q * len(ordered) + 1e-9), len(ordered) - 1)]


def outwards(n: int, up: bool) -> int:
    """A bound of two digits that is not above n, or not below it.

    >>> outwards(5_432, up=True), outwards(5_432, up=False), outwards(-5_432, up=True), outwards(7, up=True)
    (5500, 5400, -5400, 7)
    """
    step = int(10 ** max(0, len(str(abs(n))) - 2))
    return -(-n // step) * step if up else n // step * step


def _range(column: Column, ordered: Sequence[int]) -> Iterator[Draft]:
    limit = _LIMIT[column.avro]
    low = max(-limit, outwards(quantile(ordered, TAIL), up=False))
    high = min(limit, outwards(quantile(ordered, 1 - TAIL), up=True))
    beyond = tuple(n for n in (low - 1, high + 1) if -limit <= n <= limit)
    if beyond:
        sql = f"{column.name} BETWEEN {low} AND {high}"
        timely: Dimension = "timeliness" if column.name == "event_age_ms" else "validity"
        yield Draft(
            "in_range", sql, timely, f"is {low:,} to {high:,}", tuple(dict.fromkeys((low, high))), beyond
        )


def _set(column: Column, counts: Counter[str]) -> Draft:
    known = sorted(v for v, n in counts.items() if n >= RAREST * counts.total())
    other = next(v for v in ("other", "another", *(f"other{i}" for i in range(99))) if v not in counts)
    sql = ", ".join(f"'{_quoted(v)}'" for v in known)
    told = f"is one of {len(known)} values"
    return Draft("known", f"{column.name} IN ({sql})", "validity", told, tuple(known[:1]), (other,))


def _length(column: Column, ordered: Sequence[int]) -> Iterator[Draft]:
    low, high = quantile(ordered, TAIL), quantile(ordered, 1 - TAIL)
    sql = f"LENGTH({column.name}) BETWEEN {low} AND {high}"
    short = ("",) if low else ()
    told = f"has {low} to {high} characters"
    if high <= _LONGEST_TEXT:
        yield Draft("length", sql, "validity", told, ("x" * low,), (*short, "x" * (high + 1)))


def _shape(column: Column, counts: Counter[str]) -> Iterator[Draft]:
    """The commonest sequence of runs of small letters, capitals, digits and signs, if it is short."""
    shapes: Counter[tuple[str, ...]] = Counter()
    for value, n in counts.items():
        if (runs := _runs(value)) is not None:
            shapes[tuple(map(_class, runs))] += n
    if not shapes:
        return
    shape = min(shapes, key=lambda s: (-shapes[s], s))
    alike = [runs for v in counts if (runs := _runs(v)) is not None and tuple(map(_class, runs)) == shape]
    widths = [{len(runs[i]) for runs in alike} for i in range(len(shape))]
    pattern = "".join(map(_pattern, shape, widths))
    shown = "".join(c[0] * (min(w) if c in _CLASSES else 1) for c, w in zip(shape, widths, strict=True))
    yield Draft(
        "shape", f"{column.name} ~ '^{pattern}$'", "validity", f"is like {shown}", (shown,), ("", "?")
    )


def _runs(value: str) -> list[str] | None:
    runs = _RUN.findall(value)
    return runs if value and "".join(runs) == value and len(runs) <= _MOST_RUNS else None


def _class(run: str) -> str:
    return next((c for c in _CLASSES if c[0] <= run[0] <= c[-1]), run)


def _pattern(kind: str, widths: set[int]) -> str:
    if kind not in _CLASSES:
        return rf"[\{kind}]" if kind == "-" else f"[{kind}]"
    if len(widths) > 1:
        return f"[{kind}]+"
    (width,) = widths
    return f"[{kind}]{{{width}}}" if width > 1 else f"[{kind}]"


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def example(column: str, value: Any) -> Example:
    """An event of which one column has a value, as examples tell it: an age by two times."""
    if column == "event_age_ms":
        return {"event_time": _BEGAN_MS, "ingestion_time": _BEGAN_MS + value}
    return {} if value is None else {column: value}
