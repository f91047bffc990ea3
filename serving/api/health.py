"""``/health``: whether the process lives, and whether it can answer."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter

from serving.api.services import Given

router = APIRouter(tags=["health"], prefix="/health")


@router.get("/live")
async def live() -> dict[str, str]:
    """200 as long as the process answers anything."""
    return {"status": "live"}


@router.get("/ready")
async def ready(services: Given) -> dict[str, str]:
    """200 if Redis answers, else 503."""
    await asyncio.to_thread(services.ping)
    return {"status": "ready"}
