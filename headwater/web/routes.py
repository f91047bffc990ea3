"""The pages and what they ask for, as routes of an application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import orjson
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles

from features.catalog import NAMED
from features.view import View
from headwater.errors import HeadwaterError
from headwater.runtime.endpoints import Endpoints
from headwater.settings import Settings
from headwater.web.features import Features
from headwater.web.models import Models
from headwater.web.overview import Overview
from headwater.web.quality import Quality
from headwater.web.quarantine import Quarantine
from headwater.web.watched import Watched
from schemas.events import EVENT_NAMES

STATIC = Path(__file__).parent / "static"
#: Nothing from elsewhere, and no script or style within a document: what events hold cannot become one.
_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def mount(app: FastAPI, settings: Settings, where: Endpoints, only_here: bool = True) -> None:
    """Add `/`, its files under `/static`, and under `/live` the data of each page, once or as a stream.

    `only_here` refuses whoever calls this machine by a name of elsewhere.
    """
    features = Features(settings, where)
    pages = {
        "overview": Watched(Overview(settings, where).look, every_s=1.0),
        "quality": Watched(Quality(where).look, every_s=2.0),
        "features": Watched(features.look, every_s=1.0),
        "models": Watched(Models(where).look, every_s=2.0),
    }
    add(app, pages, features, Quarantine.of(where.kafka), only_here)


def add(
    app: FastAPI,
    pages: dict[str, Watched],
    features: Features,
    quarantine: Quarantine,
    only_here: bool = True,
) -> None:
    """The routes, over what they tell."""
    live = APIRouter(
        prefix="/live", include_in_schema=False, dependencies=[Depends(_called_ours)] if only_here else []
    )

    @app.get("/", include_in_schema=False)
    async def index() -> Response:
        return FileResponse(STATIC / "index.html", headers=_HEADERS)

    @live.get("/quarantine")
    def recent(event: str | None = None, reason: str | None = None) -> Response:
        if event not in (None, *EVENT_NAMES):
            return _json({"problem": f"there is no event type {event}"}, 404)
        return _answer(lambda: quarantine.recent(event, reason))

    @live.get("/quarantine/{event}/{partition}/{offset}")
    def one(event: str, partition: str, offset: str) -> Response:
        return _answer(lambda: quarantine.one(f"{event}/{partition}/{offset}"))

    @live.get("/features/{view}")
    def show(view: str) -> Response:
        return _of_view(view, features.show)

    @live.get("/features/{view}/{entity:path}")
    def get(view: str, entity: str) -> Response:
        return _of_view(view, lambda found: features.get(found, entity))

    @live.get("/{page}")
    async def now(page: str, stream: bool = False) -> Response:
        if page not in pages:
            return _json({"problem": f"there is no page {page}"}, 404)
        if not stream:
            return Response(await pages[page].now(), media_type="application/json", headers=_HEADERS)
        return StreamingResponse(_events(pages[page]), media_type="text/event-stream", headers=_HEADERS)

    app.include_router(live)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")


def _called_ours(request: Request) -> None:
    """A site whose name was made to mean this machine (DNS rebinding) must not read what is served here."""
    name = request.url.hostname or ""
    try:
        ip_address(name)
    except ValueError:
        if name != "localhost":
            raise HTTPException(421, "ask by address, or as localhost") from None


async def _events(page: Watched) -> AsyncIterator[bytes]:
    """Server-sent events. JSON of orjson is one line."""
    async with aclosing(page.follow()) as looks:
        async for found in looks:
            yield b"data: " + found + b"\n\n"


def _of_view(name: str, tell: Callable[[View], Any]) -> Response:
    if name not in NAMED:
        return _json({"problem": f"there is no view {name}"}, 404)
    return _answer(lambda: tell(NAMED[name]))


def _answer(tell: Callable[[], Any]) -> Response:
    """What it tells, or the problem that hinders it, in one line."""
    try:
        return _json(tell(), 200)
    except HeadwaterError as error:
        return _json({"problem": str(error)}, 503)


def _json(found: Any, status: int) -> Response:
    return Response(orjson.dumps(found), status, _HEADERS, "application/json")
