"""The app: its routes, and what stands before them."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.types import Lifespan

from serving.api import candidates, features, health, metrics, models, rank, views
from serving.api.limits import Limited, Limits
from serving.api.metrics import Metrics
from serving.api.observe import Observed
from serving.api.problems import Told, handle
from serving.api.services import Services
from serving.keys import Keys

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Told} for status in (401, 403, 404, 413, 422, 503)
}


def create_app(
    services: Services,
    keys: Keys | None = None,
    limits: Limits | None = None,
    measured: Metrics | None = None,
    lifespan: Lifespan[FastAPI] | None = None,
) -> FastAPI:
    """What answers over HTTP, within `lifespan`. Without keys everybody may read everything.

    There are no pages of documentation, which would come from elsewhere; /openapi.json is the contract.
    """
    app = FastAPI(title="Headwater", version="1", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.services, app.state.keys, app.state.metrics = services, keys, measured or Metrics()
    for of in (features, views, candidates, rank, models):
        app.include_router(of.router, responses=_PROBLEMS)
    for open_to_probes in (health, metrics):
        app.include_router(open_to_probes.router)
    handle(app)
    app.add_middleware(Observed, metrics=app.state.metrics)
    # The last is the first to see a request: what it refuses costs nothing else.
    app.add_middleware(Limited, limits=limits or Limits(), metrics=app.state.metrics)
    return app
