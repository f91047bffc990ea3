"""How the rules of a set are evaluated together: comparisons of whole numbers and logic by numpy, all else by
polars.

A step of polars costs some 5 µs however few the rows, and a rule is made of five to ten: forty rules cost a
millisecond a batch. Most of the steps compare whole numbers and join what comes out, which is less work for
numpy. So an expression is cut where it does more than that (a pattern, a set, a length, arithmetic), polars
evaluates the pieces, each once for all rules, and numpy puts them together. What is cut is the tree that
polars makes of the SQL, so that both ways read it alike; a part that is not known here is a piece.
"""

from __future__ import annotations

import io
import json
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.events import EVENTS
from validators.rule import Rule
from validators.truth import Mask, Truth, both, either, is_false, known, negated, not_true
from validators.values import AGE, seen

_COMPARISONS: dict[str, Callable[[Any, Any], Mask]] = {
    "Eq": operator.eq,
    "NotEq": operator.ne,
    "Lt": operator.lt,
    "LtEq": operator.le,
    "Gt": operator.gt,
    "GtEq": operator.ge,
}
_LOGIC = {"And": both, "Or": either}
_COLUMNS = {name: c.avro for event in EVENTS.values() for name, c in seen(event).items()}
_NUMBERS = {n for n, avro in _COLUMNS.items() if avro in ("int", "long")} | {AGE.name}


class UnplannedError(Exception):
    """A piece is not of the type that its place in the expression let expect: let polars have all of it."""


class Values(NamedTuple):
    """Whole numbers or truths, and where they are known: None if everywhere."""

    values: npt.NDArray[Any]
    known: Mask | None


Sources = list[Values]
Step = Callable[[Sources], Truth]


@dataclass(frozen=True)
class Plan:
    """What is read, and from it the steps of each rule.

    Columns of the frame have places from 0 up. Pieces, told as JSON with the type that they must have, have
    places from -1 down, so that both can still become more.
    """

    columns: dict[str, int] = field(default_factory=dict)
    pieces: dict[tuple[str, type[pl.DataType]], int] = field(default_factory=dict)
    steps: list[Callable[[Sources], Mask]] = field(default_factory=list)

    @classmethod
    def of(cls, rules: tuple[Rule, ...]) -> Plan:
        """The plan of a set. Raises polars' SQL errors for text that is no expression."""
        plan = cls()
        plan.steps.extend(plan._failure(rule) for rule in rules)
        return plan

    def failed(self, frame: pl.DataFrame, into: npt.NDArray[np.bool_]) -> None:
        """Set `into[r, i]` where rule r fails on row i. Raises what polars raises, and UnplannedError."""
        read = [_values(frame.get_column(name)) for name in self.columns]
        if self.pieces:
            read += reversed(self._evaluated(frame))
        for i, step in enumerate(self.steps):
            into[i] = step(read)

    @cached_property
    def _expressions(self) -> list[pl.Expr]:
        parse = pl.Expr.deserialize
        read = (parse(io.StringIO(told), format="json") for told, _ in self.pieces)
        return [expression.alias(str(i)) for i, expression in enumerate(read)]

    @cached_property
    def _types(self) -> list[type[pl.DataType]]:
        return [kind for _, kind in self.pieces]

    def _evaluated(self, frame: pl.DataFrame) -> Sources:
        """The pieces, all of them as one matrix: a column at a time costs as much as evaluating it."""
        found = frame.select(self._expressions)
        if found.dtypes != self._types:
            raise UnplannedError
        matrix = found.to_numpy()
        where: list[Mask | None] = [None] * len(self._types)
        if matrix.dtype.kind in "Of":  # Something is null.
            matrix = matrix.astype(np.float64)
            given = ~np.isnan(matrix)
            where = [None if whole else given[:, i] for i, whole in enumerate(given.all(axis=0).tolist())]
        truths = matrix != 0
        of_type = ((truths if kind == pl.Boolean else matrix)[:, i] for i, kind in enumerate(self._types))
        return list(map(Values, of_type, where))

    def _failure(self, rule: Rule) -> Callable[[Sources], Mask]:
        holds = self._truth(_tree(rule.expect))
        fails = is_false if rule.on_null == "pass" else not_true
        if rule.when is None:
            return lambda read: fails(holds(read))
        when = self._truth(_tree(rule.when))
        return lambda read: when(read).true & fails(holds(read))

    def _truth(self, node: Any) -> Step:
        match node:
            case {"BinaryExpr": {"left": left, "op": op, "right": right}} if op in _LOGIC:
                join, one, other = _LOGIC[op], self._truth(left), self._truth(right)
                return lambda read: join(one(read), other(read))
            case {"BinaryExpr": {"left": left, "op": op, "right": right}} if op in _COMPARISONS:
                if _is_number(left) and _is_number(right):
                    return _compared(_COMPARISONS[op], self._number(left), self._number(right))
                if _is_number(left) and (literal := _literal(right)) is not None:
                    return _against(_COMPARISONS[op], self._number(left), literal)
            case {"Function": {"input": [of], "function": {"Boolean": "Not"}}}:
                holds = self._truth(_uncast(of))
                return lambda read: negated(holds(read))
            case {
                "Function": {
                    "input": [{"Column": name}],
                    "function": {"Boolean": "IsNull" | "IsNotNull" as test},
                }
            }:
                if name in _NUMBERS:
                    return _given(self._number({"Column": name}), test == "IsNotNull")
        i = self._truths(node)
        return lambda read: known(*read[i])

    def _truths(self, node: Any) -> int:
        name = node.get("Column")
        return self._column(name) if _COLUMNS.get(name) == "boolean" else self._piece(node, pl.Boolean)

    def _number(self, node: Any) -> int:
        return self._column(node["Column"]) if "Column" in node else self._piece(node, pl.UInt32)

    def _column(self, name: str) -> int:
        return self.columns.setdefault(name, len(self.columns))

    def _piece(self, node: Any, kind: type[pl.DataType]) -> int:
        return ~self.pieces.setdefault((json.dumps(node), kind), len(self.pieces))


def _tree(sql: str) -> Any:
    """The expression as polars reads it."""
    return json.loads(pl.sql_expr(sql).meta.serialize(format="json"))


def _is_number(node: Any) -> bool:
    match node:
        case {"Column": name}:
            return name in _NUMBERS
        case {"Function": {"input": [{"Column": _}], "function": {"StringExpr": "LenChars"}}}:
            return True
    return False


def _literal(node: Any) -> int | None:
    match node:
        case {"Literal": {"Dyn": {"Int": int(number)}}}:
            return number
    return None


def _uncast(node: Any) -> Any:
    """What SQL has made a boolean of, if it was one already."""
    match node:
        case {"Cast": {"expr": {"BinaryExpr": {"op": op}} as of, "dtype": {"Literal": "Boolean"}}}:
            return of if op in _COMPARISONS or op in _LOGIC else node
        case {
            "Cast": {
                "expr": {"Function": {"function": {"Boolean": _}}} as of,
                "dtype": {"Literal": "Boolean"},
            }
        }:
            return of
    return node


def _against(compare: Callable[[Any, Any], Mask], i: int, number: int) -> Step:
    def step(read: Sources) -> Truth:
        values, where = read[i]
        return known(compare(values, number), where)

    return step


def _compared(compare: Callable[[Any, Any], Mask], left: int, right: int) -> Step:
    def step(read: Sources) -> Truth:
        (one, where), (other, also) = read[left], read[right]
        return known(compare(one, other), also if where is None else where if also is None else where & also)

    return step


def _given(i: int, asked: bool) -> Step:
    def step(read: Sources) -> Truth:
        values, where = read[i]
        given = np.ones(len(values), np.bool_) if where is None else where
        return Truth(given if asked else ~given, None)

    return step


def _values(series: pl.Series) -> Values:
    """A column of whole numbers or truths, which an event's column has by its schema."""
    if not (series.dtype.is_integer() or series.dtype == pl.Boolean):
        raise UnplannedError
    if not series.null_count():
        return Values(series.to_numpy(), None)
    held = series.to_arrow()
    where: Mask = held.is_valid().to_numpy(zero_copy_only=False)
    return Values(held.fill_null(series.dtype != pl.Boolean and 0).to_numpy(zero_copy_only=False), where)
