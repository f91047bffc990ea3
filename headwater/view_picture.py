"""All that is known of a view, as JSON values."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from redis import Redis

from features.account_flags import ACCOUNT_FLAGS
from features.aggregate import DERIVED, Feature
from features.layout import Layout, layouts
from features.listing import Listed
from features.listing_layout import ListLayout, list_layouts
from features.live import NOT_COMPUTED
from features.released import definition, digest, told
from features.view import View
from headwater.consumers import readers_of
from headwater.errors import HeadwaterError
from headwater.lineage import models, of_view
from headwater.redis_client import client
from headwater.runtime.endpoints import endpoints
from headwater.settings import Settings
from serving import FeatureReader
from serving.observed import Observed, observe

NOT_REACHABLE = "not reachable"


def observed(settings: Settings, views: Sequence[View]) -> list[Observed]:
    """How fresh views are now; the status is NOT_REACHABLE where no Redis answers."""
    try:
        with client(endpoints(settings).redis) as redis:
            return observed_in(redis, views, time.time_ns() // 1_000_000)
    except HeadwaterError:
        return [Observed(NOT_REACHABLE, None)] * len(views)


def observed_in(redis: Redis, views: Sequence[View], now_ms: int) -> list[Observed]:
    """How fresh views are as of `now_ms`, the flags among them if they are asked for."""
    found = observe(redis, [view for view in views if view != ACCOUNT_FLAGS], now_ms)
    if ACCOUNT_FLAGS in views:
        (of_flags,) = FeatureReader(redis).read(ACCOUNT_FLAGS, ["anybody"], now_ms).status
        found.insert(views.index(ACCOUNT_FLAGS), Observed(str(of_flags), None))
    return found


def freshness(redis: Redis, views: Sequence[View], now_ms: int) -> list[dict[str, Any]]:
    """`view`, `status`, `age_s` and `slo_s` of those that are computed, as of `now_ms`."""
    return [
        {"view": view.id, "status": now.status, "age_s": now.age_s, "slo_s": view.slo_s}
        for view, now in zip(views, observed_in(redis, views, now_ms), strict=True)
        if now.status != NOT_COMPUTED
    ]


def summary(view: View, now: Observed) -> dict[str, Any]:
    """What a list tells of a view."""
    return {
        "view": view.name,
        "version": view.version,
        "entity": list(view.entity),
        "events": list(view.events),
        "windows": list(view.windows),
        "values": list(view.value_names),
        "slo_s": view.slo_s,
        "owner": view.owner,
        "tags": list(view.tags),
        "description": view.description,
        "status": now.status,
        "age_s": now.age_s,
    }


def picture(view: View, now: Observed) -> dict[str, Any]:
    """All of a view. An entity takes `entity_bytes` in Redis, beside its keys."""
    rings = [*map(_ring, layouts(view)), *map(_list, list_layouts(view))]
    beside, sources = models(view), {*view.sources}
    return summary(view, now) | {
        "digest": digest(definition(view)),
        "windows": dict(view.windows),
        "features": [_feature(feature) for feature in view.features],
        "rings": rings,
        "entity_bytes": sum(ring["ring_bytes"] for ring in rings),
        "guards": [asdict(guard) for guard in of_view(view).guards],
        "models_of_its_events": [model.node.name for model in beside if sources & {*model.events}],
        "read_by_models": list(readers_of(view.name)),
        "told_by_models": [model.node.name for model in beside if sources & {*model.tells}],
    }


def _feature(feature: Feature) -> dict[str, Any]:
    partials = () if isinstance(feature, (Listed, *DERIVED)) else feature.partials()
    return {
        "name": feature.name,
        "is": told(feature).partition(": ")[2],
        "means": (type(feature).__doc__ or "").partition(".")[0],
        "tile_bytes": sum(partial.numpy_dtype().itemsize for partial in partials),
    }


def _ring(layout: Layout) -> dict[str, Any]:
    record_bytes = layout.dtype.itemsize
    return {
        "ring": layout.ring.name,
        "tile_ms": layout.ring.tile_ms,
        "slots": layout.ring.slots,
        "record_bytes": record_bytes,
        "ring_bytes": record_bytes * layout.ring.slots,
        "ttl_s": layout.ttl_s,
    }


def _list(layout: ListLayout) -> dict[str, Any]:
    ring, slot_bytes = layout.of.ring, layout.dtype.itemsize
    return {
        "ring": layout.of.name,
        "tile_ms": layout.of.tile_ms,
        "slots": ring.slots,
        "record_bytes": slot_bytes,
        "ring_bytes": slot_bytes * ring.slots,
        "ttl_s": ring.ttl_s,
    }
