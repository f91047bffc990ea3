"""``/candidates``: titles that a member may play next."""

from __future__ import annotations

import asyncio
import math
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from serving.api.allowed import needs
from serving.api.fallback import POPULAR_TOLD, PopularFallback, SomeCountry, read_or_popular, stands
from serving.api.output import as_json
from serving.api.services import Given
from serving.candidates import Candidate

router = APIRouter(tags=["candidates"], dependencies=[needs("candidates")])


@router.get("/candidates")
async def candidates(
    services: Given,
    member: Annotated[str, Query(min_length=1, max_length=64)],
    country: SomeCountry = "",
    most: Annotated[int, Query(ge=1, le=500)] = 20,
    fallback: Annotated[PopularFallback | None, Query(description=POPULAR_TOLD)] = None,
) -> Response:
    """The titles that a member may play next, the likeliest first, and why each is among them.

    `status` is `read`; or `popularity`, with `age_s`, where Redis did not answer and that was asked for.
    """
    now_ms = services.now_ms()

    def told() -> dict[str, Any]:
        found, age_s = read_or_popular(
            lambda: services.candidates.of([(member, country)], most, now_ms)[0],
            lambda: services.candidates.popular(country, most, now_ms),
            fallback,
        )
        return {"member": member, **stands(age_s), "candidates": [_plain(c) for c in found]}

    return as_json(await asyncio.to_thread(told))


def _plain(candidate: Candidate) -> dict[str, Any]:
    chance = None if math.isnan(candidate.chance) else candidate.chance
    return {"title_id": candidate.title_id, "why": candidate.why, "chance": chance}
