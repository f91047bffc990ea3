"""Numbers of views as columns of examples: one function for what is logged, ranked and simulated.

So a model is asked with what it was taught.
"""

from __future__ import annotations

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
from serving.clock import or_now
from serving.plan import plan_of
from serving.reader import FeatureReader

Places = npt.NDArray[np.intp]
Columns = Mapping[str, npt.NDArray[Any]]

#: With one of these a view tells of nearly nobody else: its newest event may be the one that is looked up.
OWN = frozenset({"member_id", "profile_id", "session_id"})
_DOUBTED = (NOT_COMPUTED, "rebuilding", "degraded")


@dataclass(frozen=True)
class Asked:
    """What is wanted of one view: entities, and the example each is of."""

    view: View
    wanted: tuple[Known, ...]
    entities: list[tuple[str, ...]]
    rows: Places

    @property
    def columns(self) -> list[list[str]]:
        """The entities, a list for each of their columns."""
        width = len(self.view.entity)
        return [[entity[place] for entity in self.entities] for place in range(width)]

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
    now_ms = or_now(now_ms)
    n = len(next(iter(columns.values()), ()))
    groups = list(asked(wanted, columns))
    different = [dict.fromkeys(of.entities) for of in groups]
    questions = [
        (plan_of(of.view, frozenset(one.value for one in of.wanted)), list(each))
        for of, each in zip(groups, different, strict=True)
    ]
    found: dict[str, Numbers] = {}
    for of, each, answer in zip(groups, different, reader.read_many(questions, now_ms), strict=True):
        place = {entity: i for i, entity in enumerate(each)}
        at = np.array([place[entity] for entity in of.entities], dtype=np.intp)
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
        named = list(zip(*(_texts(columns[column]) for column in of), strict=True))
        rows = [row for row, entity in enumerate(named) if None not in entity]
        entities = [named[row] for row in rows]
        if view.each and view.each.of in of:
            place, separator = of.index(view.each.of), view.each.separator
            parts = [[part for part in entity[place].split(separator) if part] for entity in entities]
            rows = [row for row, each in zip(rows, parts, strict=True) for _ in each]
            entities = [
                (*entity[:place], part, *entity[place + 1 :])
                for entity, each in zip(entities, parts, strict=True)
                for part in each
            ]
        yield Asked(view, tuple(group), entities, np.array(rows, dtype=np.intp))


def _texts(column: npt.NDArray[Any]) -> list[Any]:
    """What each value of a column says, as text; None where it says nothing."""
    if column.dtype.kind in "fiu":
        # A whole number is text in a view as SQL casts it.
        return [None if value != value else f"{value:.0f}" for value in column.tolist()]
    texts: list[Any] = column.tolist()
    return texts


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
