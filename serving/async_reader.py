"""Read features without a thread: for a server, which does other things until Redis has answered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from features.account_flags import ACCOUNT_FLAGS
from features.view import View
from serving.answer import Features
from serving.clock import or_now
from serving.flag_plan import FlagPlan, FlagStore
from serving.plan import Plan, plan_of
from serving.question import Asking, Question, asked

if TYPE_CHECKING:
    from serving.served_log import ServedLog


class AsyncStrings(Protocol):
    """The one thing asked of Redis."""

    async def mget(self, keys: Sequence[str]) -> Any:
        """The strings under the keys, None where there is none."""


class AsyncFeatureReader:
    """What `FeatureReader` is, in a coroutine. Flags are read in a thread, from a store of their own."""

    def __init__(self, redis: AsyncStrings, flags: FlagStore, served: ServedLog | None = None) -> None:
        self._redis, self._flag_plan, self._served = redis, FlagPlan(flags), served
        self._generation = 0

    async def read_many(self, questions: Sequence[Question], now_ms: int | None = None) -> list[Features]:
        """What `FeatureReader.read_many` answers; it raises the same."""
        now_ms = or_now(now_ms)
        while True:
            asking = self.asking(questions)
            told, found = asking.told(await self._redis.mget(asking.keys))
            if told.live.generation == asking.generation:
                break
            self._generation = told.live.generation
        answers = []
        for (plan, names), strings in zip(asking.asked, found, strict=True):
            doubt = told.doubt(plan.view.name, plan.view.id)
            if isinstance(plan, FlagPlan):
                answers.append(await asyncio.to_thread(plan.merge, names, strings, now_ms, doubt))
            else:
                answers.append(plan.merge(names, strings, now_ms, doubt))
        if self._served:
            self._served.add(answers, now_ms, asking.generation)
        return answers

    def asking(self, questions: Sequence[Question]) -> Asking:
        """What it asks of the generation that it heard of last. It raises the same, but for Redis."""
        return Asking(asked(questions, self._plan), self._generation)

    def _plan(self, view: View) -> Plan | FlagPlan:
        return self._flag_plan if view == ACCOUNT_FLAGS else plan_of(view)
