"""Rules as expressions over a frame of events: a matrix of what fails, whatever an expression does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import polars as pl

from validators.plan import Plan, UnplannedError
from validators.rule import Rule
from validators.truth import Mask

#: What polars raises on expressions that it cannot read or evaluate; a panic is no Exception.
UNUSABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, TypeError)
_ANYTHING = (Exception, pl.exceptions.PanicException)


def evaluate(rules: Sequence[Rule], frame: pl.DataFrame) -> Mask:
    """True at [r, i] where rule r fails on row i. Raises what polars raises, such as UNUSABLE."""
    failed = np.zeros((len(rules), frame.height), dtype=np.bool_)
    if rules and frame.height:
        try:
            _plan(_Same(tuple(rules))).failed(frame, failed)
        except UnplannedError:
            # Numbers for names: rules of two event types may have one name.
            named = [rule.failure.alias(str(i)) for i, rule in enumerate(rules)]
            for i, column in enumerate(frame.select(named).iter_columns()):
                failed[i] = column.to_numpy()
    return failed


class _Same:
    """Rules as a key: those of another key are others, though they may be equal."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules, self._ids = rules, tuple(map(id, rules))

    def __hash__(self) -> int:
        return hash(self._ids)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._ids == other._ids


@lru_cache(maxsize=64)
def _plan(same: _Same) -> Plan:
    return Plan.of(same.rules)


def evaluate_any(rules: Sequence[Rule], frame: pl.DataFrame) -> Mask:
    """As `evaluate`, but does not raise: an expression that raises on a row is null there.

    One such row makes polars raise for its whole batch. The batch is halved until such rows stand alone, and
    for the rules that raise only, so that every other row and rule is judged as ever.
    """
    try:
        return evaluate(rules, frame)
    except _ANYTHING:
        return np.array([_apart(_failing(rule), frame, _null(rule)) for rule in rules])


Judged = Callable[[pl.DataFrame], Mask]


def _apart(judged: Judged, frame: pl.DataFrame, instead: Judged) -> Mask:
    """What is judged of each row as if it stood alone, and `instead` of it where judging raises."""
    try:
        return judged(frame)
    except _ANYTHING:
        if frame.height == 1:
            return instead(frame)
        middle = frame.height // 2
        return np.concatenate([_apart(judged, half, instead) for half in (frame[:middle], frame[middle:])])


def _failing(rule: Rule) -> Judged:
    return lambda frame: evaluate((rule,), frame)[0]


def _null(rule: Rule) -> Judged:
    """What becomes of a row whose `expect` is null; where `when` raises as well, the rule does not apply."""

    def applies(row: pl.DataFrame) -> Mask:
        always = pl.lit(True) if rule.when is None else pl.sql_expr(rule.when).fill_null(False)
        return row.select(always).to_series().to_numpy()

    def passes(row: pl.DataFrame) -> Mask:
        return np.zeros(row.height, dtype=np.bool_)

    return passes if rule.on_null == "pass" else lambda row: _apart(applies, row, passes)
