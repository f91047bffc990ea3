"""Read features: one MGET for all views and entities that are asked together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, cast

from features.account_flags import ACCOUNT_FLAGS
from features.view import View
from serving.answer import Features
from serving.clock import or_now
from serving.flag_plan import FlagPlan, FlagStore
from serving.plan import Plan, plan_of
from serving.question import Asking, Entity, Question, asked
from sinks.redis_flags import Hashes, RedisFlags

if TYPE_CHECKING:
    from serving.served_log import ServedLog


class Strings(Protocol):
    """The one thing asked of Redis."""

    def mget(self, keys: Sequence[str]) -> Any:
        """The strings under the keys, None where there is none."""


class FeatureReader:
    """Reads views of the catalogue, and flags, from Redis (or doubles); `served` keeps what it answers."""

    def __init__(
        self, redis: Strings, flags: FlagStore | None = None, served: ServedLog | None = None
    ) -> None:
        self._redis, self._flags, self._served = redis, flags, served
        self._generation = 0

    def read(self, view: str | View, entities: Sequence[Entity], now_ms: int | None = None) -> Features:
        """The features of the entities as of `now_ms` (default: the clock).

        A name reads the newest version of the view, `name@version` a certain one. An entity of several
        columns is their tuple, or their text joined by "|". Raises KeyError for a view
        that is not in the catalogue, ValueError for an entity of another number of columns, and
        redis.RedisError when Redis cannot be reached.
        """
        (answer,) = self.read_many([(view, entities)], now_ms)
        return answer

    def read_many(self, questions: Sequence[Question], now_ms: int | None = None) -> list[Features]:
        """What `read` answers to each question, all as of the same time and in one round trip; flags take two
        more."""
        now_ms = or_now(now_ms)
        plans = asked(questions, self._plan)
        while True:
            asking = Asking(plans, self._generation)
            told, found = asking.told(self._redis.mget(asking.keys))
            if told.live.generation == asking.generation:
                break
            self._generation = told.live.generation
        answers = [
            plan.merge(names, of_view, now_ms, told.doubt(plan.view.name, plan.view.id))
            for (plan, names), of_view in zip(plans, found, strict=True)
        ]
        if self._served:
            self._served.add(answers, now_ms, asking.generation)
        return answers

    def _plan(self, view: View) -> Plan | FlagPlan:
        return self._flag_plan if view == ACCOUNT_FLAGS else plan_of(view)

    @cached_property
    def _flag_plan(self) -> FlagPlan:
        # A client of Redis has the hashes, too.
        return FlagPlan(self._flags or RedisFlags(cast(Hashes, self._redis)))
