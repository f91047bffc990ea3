"""A reader that has an answer even when Redis has none: what was read last, or what is so of anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import redis

from serving.answer import Features
from serving.async_reader import AsyncFeatureReader, AsyncStrings
from serving.flag_plan import FlagPlan, FlagStore
from serving.held import Held, HeldStrings
from serving.question import Asking, Question

if TYPE_CHECKING:
    from serving.served_log import ServedLog

#: `last_good`: as Redis said last, be it long ago. `prior`: as of an entity of which nothing is known.
Fallback = Literal["last_good", "prior"]
LAST_GOOD, PRIOR = "last good", "prior"


class ResilientReader:
    """An `AsyncFeatureReader` that waits for Redis no longer than `patience_s`.

    A fall-back says so as the status: `last good` for an entity that was read before (its values are those of
    when Redis last answered anything, and `age_s` counts on), `prior` for any other, and for flags. A view
    that could not be trusted then, such as a degraded one, keeps that status.
    """

    def __init__(
        self,
        redis: AsyncStrings,
        flags: FlagStore,
        clock_s: Callable[[], float],
        patience_s: float = 0.045,
        cached_s: float = 0.0,
        held: Held | None = None,
        served: ServedLog | None = None,
    ) -> None:
        self._strings = HeldStrings(redis, held or Held(), clock_s, cached_s)
        self._reader = AsyncFeatureReader(self._strings, flags, served)
        self._clock_s, self._patience_s, self._served = clock_s, patience_s, served

    async def read_many(
        self, questions: Sequence[Question], now_ms: int | None = None, fallback: Fallback | None = None
    ) -> list[Features]:
        """As `AsyncFeatureReader.read_many`. Without a fall-back it raises TimeoutError or redis.RedisError
        where Redis does not answer."""
        now_ms = int(self._clock_s() * 1_000) if now_ms is None else now_ms
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._reader.read_many(questions, now_ms)
        except (redis.RedisError, TimeoutError):
            if fallback is None:
                raise
        asking = self._reader.asking(questions)
        if fallback == "prior":
            answers = [plan.prior(names, now_ms, PRIOR) for plan, names in asking.asked]
        else:
            answers = self._last_good(asking, now_ms)
        if self._served:
            self._served.add(answers, now_ms, asking.generation)
        return answers

    def _last_good(self, asking: Asking, now_ms: int) -> list[Features]:
        said = self._strings.last(asking.keys)
        told, _ = asking.told([of and of[0] for of in said])
        # What vouches is read every time: when that was is when Redis last answered.
        as_of_ms = min(int(said[0][1] * 1_000), now_ms) if said[0] else now_ms
        answers = []
        for (plan, names), of_plan in zip(asking.asked, asking.by_plan(said), strict=True):
            if isinstance(plan, FlagPlan):
                answers.append(plan.prior(names, now_ms, PRIOR))
                continue
            doubt = told.doubt(plan.view.name, plan.view.id)
            found = plan.merge(names, [of and of[0] for of in of_plan], as_of_ms, doubt)
            # The first keys are one for each entity.
            known = np.array([of is not None for of in of_plan[: len(names)]], np.bool_)
            age_s = found.age_s + (now_ms - as_of_ms) / 1_000
            answers.append(replace(found, age_s=age_s, status=np.where(known, doubt or LAST_GOOD, PRIOR)))
        return answers
