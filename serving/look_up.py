"""Numbers of views as columns of examples: one function for what is logged, ranked and simulated.

So a model is asked with what it was taught.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from features.catalog import NAMED
from features.live import NOT_COMPUTED
from features.partial import Array
from features.view import View
from online_models.examples import Numbers, Times
from online_models.known import Known
from serving.answer import Features
from serving.reader import FeatureReader

Places = npt.NDArray[np.intp]
Columns = Mapping[str, npt.NDArray[Any]]

#: With one of these a view tells of nearly nobody else: its newest event may be the one that is looked up.
OWN = frozenset({"member_id", "profile_id", "session_id"})
_DOUBTED = (NOT_COMPUTED, "rebuilding", "degraded")


@dataclass(frozen=True)
class Asked:
    """What is wanted of one view: entities, a list for each of their columns, and the example each is of."""

    view: View
    wanted: tuple[Known, ...]
    entities: list[list[str]]
    rows: Places

    def told(self, values: Mapping[str, Array], known: npt.NDArray[np.bool_], n: int) -> dict[str, Numbers]:
        """A column of n examples for each that is wanted, from the values of the entities and which of these
        are `known`: the mean of the parts of an example, NaN where none is."""
        rows = self.rows[known]
        many = np.bincount(rows, minlength=n)
        with np.errstate(invalid="ignore"):
            return {
                of.name: np.bincount(rows, values[of.value][known].astype(np.float64), n) / many
                for of in self.wanted
            }


def known(
    reader: FeatureReader,
    wanted: Sequence[Known],
    columns: Columns,
    now_ms: int | None = None,
    happened_ms: Times | None = None,
) -> dict[str, Numbers]:
    """A column for each Known, float64[n], of n examples with these columns, as of `now_ms`. One round trip.

    Of an entity without events a view says what it says: no plays, the prior of a rate. NaN where nothing is
    known: the event does not name the entity, or the view is not computed, rebuilding or degraded.

    With `happened_ms`, the times of events, what a view says of their own member, profile or session is NaN
    if it may have counted the event, and so what came of it. Raises redis.RedisError when Redis cannot be
    reached.
    """
    now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    n = len(next(iter(columns.values()), ()))
    groups = list(asked(wanted, columns))
    different = [dict.fromkeys(zip(*of.entities, strict=True)) for of in groups]
    questions = [(of.view, list(each)) for of, each in zip(groups, different, strict=True)]
    found: dict[str, Numbers] = {}
    for of, each, answer in zip(groups, different, reader.read_many(questions, now_ms), strict=True):
        place = {entity: i for i, entity in enumerate(each)}
        at = np.array([place[entity] for entity in zip(*of.entities, strict=True)], dtype=np.intp)
        values = {name: column[at] for name, column in answer.values.items()}
        found |= of.told(values, _trusted(of, answer, at, now_ms, happened_ms), n)
    return found


def asked(wanted: Sequence[Known], columns: Columns) -> Iterator[Asked]:
    """What to ask of each view, of examples with these columns. KeyError where there is none of the name."""
    groups: dict[tuple[str, tuple[str, ...]], list[Known]] = {}
    for one in wanted:
        groups.setdefault((one.view, one.of), []).append(one)
    for (name, of), group in groups.items():
        view = NAMED[name]
        parts = [_parts(view, column, columns[column]) for column in of]
        rows: list[int] = []
        entities: list[tuple[str, ...]] = []
        for row, each in enumerate(zip(*parts, strict=True)):
            combined = _combined(each)
            entities += combined
            rows += [row] * len(combined)
        by_column = [list(column) for column in zip(*entities, strict=True)] or [[] for _ in of]
        yield Asked(view, tuple(group), by_column, np.array(rows, dtype=np.intp))


def _combined(parts: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Every combination of the parts of each column; none where one has no part."""
    found: list[tuple[str, ...]] = [()]
    for column in parts:
        found = [(*before, part) for before in found for part in column]
    return found


def _parts(view: View, name: str, column: npt.NDArray[Any]) -> list[list[str]]:
    """What each value of a column says, as texts: nothing, one thing, or the parts that a view counts by."""
    if column.dtype.kind in "fiu":
        # A whole number is text in a view as SQL casts it.
        return [[] if value != value else [f"{value:.0f}"] for value in column.tolist()]
    if view.each and view.each.of == name:
        separator = view.each.separator
        return [[part for part in (text or "").split(separator) if part] for text in column.tolist()]
    return [[] if text is None else [text] for text in column.tolist()]


def _trusted(
    of: Asked, answer: Features, at: Places, now_ms: int, happened_ms: Times | None
) -> npt.NDArray[np.bool_]:
    trusted: npt.NDArray[np.bool_] = ~np.isin(answer.status, _DOUBTED)[at]
    if happened_ms is None or OWN.isdisjoint(of.view.entity):
        return trusted
    newest_ms = np.rint(now_ms - answer.age_s[at] * 1_000)
    # A clock that is ahead looks like now. Of an entity without events, NaN, nothing is counted.
    trusted &= ~(newest_ms >= np.minimum(happened_ms[of.rows], now_ms))
    return trusted
