"""``/views``: what there is to read."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from features.catalog import READABLE
from serving.api.allowed import needs

router = APIRouter(tags=["features"], dependencies=[needs("features")])


@router.get("/views")
async def views() -> list[dict[str, Any]]:
    """Every view: its version, entity, windows, values and SLO."""
    return [
        {
            "view": view.name,
            "version": view.version,
            "description": view.description,
            "entity": view.entity,
            "windows": list(view.windows),
            "values": view.value_names,
            "slo_s": view.slo_s,
            "tags": view.tags,
        }
        for view in READABLE
    ]
