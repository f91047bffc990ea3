"""What is asked in one round trip, and what came back: shared by the readers, which only carry it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from typing import TypeVar

from features.catalog import NAMED
from features.layout import entity_texts
from features.live import DEGRADED_KEY, LIVE_KEY, Vouched, views_key
from features.view import View
from serving.flag_plan import FlagPlan
from serving.plan import Plan

Entity = str | Sequence[str]
#: What is asked, a view or a part of one, and of whom.
Question = tuple[str | View | Plan, Sequence[Entity]]
Asked = tuple[Plan | FlagPlan, tuple[str, ...]]
T = TypeVar("T")
Found = list[bytes | None]
#: So many keys come first in every round trip: they vouch for the values.
HEAD = 3


class EntityError(ValueError):
    """An entity of another number of columns than its view has: the place of its question, and its own."""

    def __init__(self, told: str, question: int, row: int) -> None:
        super().__init__(told)
        self.question, self.row = question, row


@dataclass(frozen=True)
class Asking:
    """Plans with their entities, as the keys of one generation."""

    asked: Sequence[Asked]
    generation: int

    @cached_property
    def keys(self) -> list[str]:
        """All keys to ask for: HEAD of them, then those of each plan."""
        told = LIVE_KEY, DEGRADED_KEY, views_key(self.generation)
        return [*told, *chain.from_iterable(self._each)]

    @cached_property
    def _each(self) -> list[list[str]]:
        return [plan.keys(names, self.generation) for plan, names in self.asked]

    def told(self, found: Sequence[bytes | None]) -> tuple[Vouched, list[Found]]:
        """Of what stands under the keys: what vouches for values, and the strings of each plan."""
        return Vouched.parse(*found[:HEAD]), self.by_plan(found)

    def by_plan(self, found: Sequence[T]) -> list[list[T]]:
        """Of what belongs to the keys, that of each plan."""
        rest = iter(found[HEAD:])
        return [list(islice(rest, len(keys))) for keys in self._each]


def asked(questions: Sequence[Question], plan_of: Callable[[View], Plan | FlagPlan]) -> list[Asked]:
    """The plan of each question and its entities as texts.

    Raises KeyError for a view that is not in the catalogue, and EntityError.
    """
    found: list[Asked] = []
    for at, (of, entities) in enumerate(questions):
        plan = of if isinstance(of, Plan) else plan_of(NAMED[of] if isinstance(of, str) else of)
        found.append((plan, _names(at, plan.view, entities)))
    return found


def _names(question: int, view: View, entities: Sequence[Entity]) -> tuple[str, ...]:
    width = len(view.entity)
    # Without a call for each: of a ranker's 3,000 entities these cost as much as a model.
    rows = [(e.split("|") if width > 1 else (e,)) if isinstance(e, str) else e for e in entities]
    if {*map(len, rows)} - {width}:
        row = next(row for row, parts in enumerate(rows) if len(parts) != width)
        told = f"{entities[row]!r} is no {'|'.join(view.entity)}, the entity of {view.name}"
        raise EntityError(told, question, row)
    return tuple(entity_texts(list(zip(*rows, strict=True))))
