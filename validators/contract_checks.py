"""What a contract of others asks of one field: untried rules, and in words what no rule says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, floor
from typing import Any

import polars as pl

from schemas.events import Column
from validators.contract import Property, Quality
from validators.evaluate import UNUSABLE
from validators.proposals import Draft
from validators.values import fits

#: Texts among which one may be found that matches a pattern, and one that does not.
_TEXTS: tuple[str, ...] = (
    "",
    "a",
    "A",
    "0",
    "?",
    "ab",
    "AB",
    "abc",
    "ABC",
    "12",
    "123",
    "a1",
    "a-1",
    "A1",
    "1.0",
    "1.0.0",
)
_TEXTS += ("2026-01-01", "12:34:56", "a@b.org", "https://a.org", "00000000-0000-4000-8000-000000000000")
_BOUNDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
#: Texts that are longer make no example.
_LONGEST = 10_000

Said = Draft | str


def of_property(column: Column, told: Property) -> Iterator[Said]:
    """What `required`, `enum` and `logicalTypeOptions` ask."""
    options = dict(told.logical_type_options)
    if told.required and column.nullable:
        yield _present(column)
    if told.enum:
        yield _known(column, [value.value for value in told.enum])
    if column.avro == "string":
        if (least := options.pop("minLength", None)) is not None or "maxLength" in options:
            yield _length(column, least, options.pop("maxLength", None))
        if (pattern := options.pop("pattern", None)) is not None:
            yield _shape(column, pattern, told.examples)
    elif column.avro in ("int", "long"):
        bounds = {name: options.pop(name) for name in _BOUNDS if name in options}
        if bounds:
            yield _range(column, bounds)
        if (step := options.pop("multipleOf", None)) is not None:
            yield _multiple(column, step)
    yield from (f"{name}: {value!r} has no rule for a {column.avro}" for name, value in options.items())


def of_quality(column: Column, told: Property, quality: Quality) -> Iterator[Said]:
    """What a check of the standard's library asks; those of engines and in words cannot be said."""
    metric = quality.metric or quality.rule
    more = {**(quality.model_extra or {}), **(quality.arguments or {})}
    if quality.type != "library" or metric is None:
        yield f"a check of type {quality.type}"
    elif metric not in ("validValues", "invalidValues", "nullValues", "nullCheck", "missingValues"):
        yield f"{metric} looks at more than one event"
    elif {name: v for name, v in more.items() if name.startswith("must")} not in ({"mustBe": 0}, {}):
        yield f"{metric} of which some are allowed"
    elif metric in ("nullValues", "nullCheck"):
        if column.nullable:
            yield _present(column)
    elif metric == "missingValues":
        missing = more.get("missingValues") or [None]
        if None in missing and column.nullable:
            yield _present(column)
        if gone := [value for value in missing if value is not None]:
            yield _known(column, gone, among=False)
    else:
        asked = False
        if (values := more.get("validValues")) is not None:
            asked = True
            yield _known(column, values)
        if (values := more.get("invalidValues")) is not None:
            asked = True
            yield _known(column, values, among=False)
        if (pattern := more.get("pattern")) is not None:
            asked = True
            yield _shape(column, pattern, told.examples)
        if not asked:
            yield f"{metric} without validValues or pattern"


def _present(column: Column) -> Draft:
    value = {"string": "a", "boolean": True}.get(column.avro, 1)
    return Draft("present", f"{column.name} IS NOT NULL", "completeness", "is given", (value,), (None,))


def _known(column: Column, values: Any, among: bool = True) -> Said:
    if (
        not isinstance(values, list)
        or not values
        or not all(v is not None and fits(column, v) for v in values)
    ):
        return f"{values!r} are no values of a {column.avro}"
    if column.avro not in ("string", "int", "long"):
        return f"a set of values of a {column.avro}"
    others = _TEXTS[1:] if column.avro == "string" else range(len(values) + 1)
    other = next((value for value in others if value not in values), None)
    if other is None:
        return f"{values!r}: no other value is known as an example"
    sql = ", ".join(f"'{v.replace(chr(39), chr(39) * 2)}'" if isinstance(v, str) else str(v) for v in values)
    if among:
        expect, passes, fails = f"{column.name} IN ({sql})", tuple(values), (other,)
        return Draft("known", expect, "validity", f"is one of {len(values)}", passes, fails)
    expect = f"{column.name} NOT IN ({sql})"
    return Draft("allowed", expect, "validity", f"is none of {len(values)}", (other,), tuple(values))


def _length(column: Column, least: Any, most: Any) -> Said:
    bounds = [bound for bound in (least, most) if bound is not None]
    if not all(isinstance(b, int) and not isinstance(b, bool) and 0 <= b <= _LONGEST for b in bounds):
        return f"a length of {least} to {most}"
    low, high = least or 0, bounds[-1] if most is not None else least
    passes = tuple(dict.fromkeys(("a" * low, "a" * high)))
    fails = tuple("a" * n for n in (low - 1, None if most is None else most + 1) if n is not None and n >= 0)
    if not fails or high < low:
        return f"a length of {least} to {most}, which says nothing or cannot be"
    return Draft("length", _between(f"LENGTH({column.name})", least, most), "validity", "", passes, fails)


def _range(column: Column, bounds: dict[str, Any]) -> Said:
    if any(isinstance(b, bool) or not isinstance(b, int | float) or abs(b) >= 2**62 for b in bounds.values()):
        return f"{bounds} are no bounds of a {column.avro}"
    lows = [ceil(bounds["minimum"])] if "minimum" in bounds else []
    lows += [floor(bounds["exclusiveMinimum"]) + 1] if "exclusiveMinimum" in bounds else []
    highs = [floor(bounds["maximum"])] if "maximum" in bounds else []
    highs += [ceil(bounds["exclusiveMaximum"]) - 1] if "exclusiveMaximum" in bounds else []
    low, high = max(lows, default=None), min(highs, default=None)
    ends = [end for end in (low, high) if end is not None]
    passes = [n for n in ends if fits(column, n)]
    fails = [
        n for n in (None if low is None else low - 1, None if high is None else high + 1) if n is not None
    ]
    fails = [n for n in fails if fits(column, n)]
    if not passes or not fails or (low is not None and high is not None and low > high):
        return f"{bounds} say nothing of a {column.avro}, or cannot be"
    expect = _between(column.name, low, high)
    return Draft("in_range", expect, "validity", "", tuple(dict.fromkeys(passes)), tuple(fails))


def _between(value: str, low: int | None, high: int | None) -> str:
    if low is None:
        return f"{value} <= {high}"
    return f"{value} >= {low}" if high is None else f"{value} BETWEEN {low} AND {high}"


def _multiple(column: Column, step: Any) -> Said:
    if not isinstance(step, int) or isinstance(step, bool) or not 1 < step < 2**31:
        return f"a multiple of {step!r}"
    return Draft("multiple", f"{column.name} % {step} = 0", "validity", "", (0, step), (1, step - 1))


def _shape(column: Column, pattern: Any, shown: Sequence[Any]) -> Said:
    if column.avro != "string" or not isinstance(pattern, str):
        return f"the pattern {pattern!r} of a {column.avro}"
    expect = f"{column.name} ~ '{pattern.replace(chr(39), chr(39) * 2)}'"
    texts = [text for text in (*shown, *_TEXTS) if isinstance(text, str) and fits(column, text)]
    try:
        held = pl.DataFrame({column.name: texts}).select(pl.sql_expr(expect)).to_series().to_list()
    except UNUSABLE:
        return f"the pattern {pattern!r}, which cannot be read"
    passes = [text for text, holds in zip(texts, held, strict=True) if holds]
    fails = [text for text, holds in zip(texts, held, strict=True) if not holds]
    if not passes or not fails:
        return f"the pattern {pattern!r}: give an example that matches it, under `examples`"
    return Draft("shape", expect, "validity", "", (passes[0],), (fails[0],))
