"""The pages and what they ask for, as routes of an application."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles

from features.catalog import NAMED
from features.view import View
from headwater.runtime.endpoints import Endpoints
from headwater.settings import Settings
from headwater.web.answers import HEADERS, answer, as_json, called_ours
from headwater.web.features import Features
from headwater.web.models import Models
from headwater.web.overview import Overview
from headwater.web.quality import Quality
from headwater.web.quarantine import Quarantine
from headwater.web.row import Row, Titles
from headwater.web.row_routes import add_row
from headwater.web.streams import Streams
from headwater.web.watched import Watched
from schemas.events import EVENT_NAMES

STATIC = Path(__file__).parent / "static"


def mount(
    app: FastAPI,
    settings: Settings,
    where: Endpoints,
    titles: Titles,
    only_here: bool = True,
    streams: Streams | None = None,
) -> None:
    """Add `/`, its files under `/static`, and under `/live` the data of each page, once or as a stream.

    `only_here` refuses whoever calls this machine by a name of elsewhere; and only here a page sends events.
    """
    features = Features(settings, where)
    pages = {
        "overview": Watched(Overview(settings, where).look, every_s=1.0),
        "quality": Watched(Quality(where).look, every_s=2.0),
        "features": Watched(features.look, every_s=1.0),
        "models": Watched(Models(where).look, every_s=2.0),
    }
    row = Row.of(settings, where, titles, playable=only_here)
    add(app, pages, features, Quarantine.of(where.kafka), row, only_here, streams)


def add(
    app: FastAPI,
    pages: dict[str, Watched],
    features: Features,
    quarantine: Quarantine,
    row: Row,
    only_here: bool = True,
    streams: Streams | None = None,
) -> None:
    """The routes, over what they tell."""
    streams = streams or Streams()
    live = APIRouter(
        prefix="/live", include_in_schema=False, dependencies=[Depends(called_ours)] if only_here else []
    )

    @app.get("/", include_in_schema=False)
    async def index() -> Response:
        return FileResponse(STATIC / "index.html", headers=HEADERS)

    @live.get("/quarantine")
    def recent(event: str | None = None, reason: str | None = None) -> Response:
        if event not in (None, *EVENT_NAMES):
            return as_json({"problem": f"there is no event type {event}"}, 404)
        return answer(lambda: quarantine.recent(event, reason))

    @live.get("/quarantine/{event}/{partition}/{offset}")
    def one(event: str, partition: str, offset: str) -> Response:
        return answer(lambda: quarantine.one(f"{event}/{partition}/{offset}"))

    @live.get("/features/{view}")
    def show(view: str) -> Response:
        return _of_view(view, features.show)

    @live.get("/features/{view}/{entity:path}")
    def get(view: str, entity: str) -> Response:
        return _of_view(view, lambda found: features.get(found, entity))

    add_row(live, row, streams)

    @live.get("/{page}")
    async def now(page: str, stream: bool = False) -> Response:
        if page not in pages:
            return as_json({"problem": f"there is no page {page}"}, 404)
        return await streams.looked(pages[page], stream)

    app.include_router(live)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")


def _of_view(name: str, tell: Callable[[View], Any]) -> Response:
    if name not in NAMED:
        return as_json({"problem": f"there is no view {name}"}, 404)
    return answer(lambda: tell(NAMED[name]))
