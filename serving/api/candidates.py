"""``/candidates``: titles that a member may play next."""

from __future__ import annotations

import asyncio
import math
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from serving.api.allowed import needs
from serving.api.output import as_json
from serving.api.services import Given
from serving.candidates import Candidate

router = APIRouter(tags=["candidates"], dependencies=[needs("candidates")])


@router.get("/candidates")
async def candidates(
    services: Given,
    member: Annotated[str, Query(min_length=1, max_length=64)],
    country: Annotated[str, Query(max_length=2, description="adds what is popular there")] = "",
    most: Annotated[int, Query(ge=1, le=500)] = 20,
) -> Response:
    """The titles that a member may play next, the likeliest first, and why each is among them."""
    asked = [(member, country)], most, services.now_ms()
    (found,) = await asyncio.to_thread(services.candidates.of, *asked)
    return as_json({"member": member, "candidates": [_plain(c) for c in found]})


def _plain(candidate: Candidate) -> dict[str, Any]:
    chance = None if math.isnan(candidate.chance) else candidate.chance
    return {"title_id": candidate.title_id, "why": candidate.why, "chance": chance}
