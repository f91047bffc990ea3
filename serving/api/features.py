"""``/features``: the values of views, as JSON or Arrow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from features.catalog import NAMED
from serving.answer import Features
from serving.api import tables
from serving.api.allowed import needs
from serving.api.metrics import ROWS, Metrics
from serving.api.output import as_json
from serving.api.problems import ApiError, unknown
from serving.api.services import Given, Services
from serving.question import EntityError, Question
from serving.resilient import Fallback

#: The most that one request may ask for: entities, times views.
MOST_ROWS = 10_000
ARROW = "application/vnd.apache.arrow.stream"

_FALLBACK = "what to answer if Redis does not: what was read last, or as of an entity that is not known"

router = APIRouter(tags=["features"], dependencies=[needs("features")])

_Text = Annotated[str, Field(max_length=512)]


class Wanted(BaseModel):
    """Views of the same entities: a table."""

    model_config = ConfigDict(extra="forbid")

    views: list[_Text] = Field(min_length=1, description="`title_engagement`, or a version: `session@1`")
    entities: list[_Text | list[_Text]] = Field(
        description='`t00001`; of several columns a list, or one text: `["t00001", "BR"]`, `t00001|BR`'
    )


class Ask(BaseModel):
    """Tables to read, all at once and as of the same time."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"ask": [{"views": ["title_engagement"], "entities": ["t00001"]}]}},
    )

    ask: list[Wanted] = Field(min_length=1, max_length=50)
    now_ms: int | None = Field(default=None, ge=0, lt=2**53, description="as of when; the clock if null")
    fallback: Fallback | None = Field(default=None, description=_FALLBACK)


@router.post("/features", responses={200: {"content": {"application/json": {}, ARROW: {}}}})
async def read(
    ask: Ask, request: Request, services: Given, accept: Annotated[str, Header()] = ""
) -> Response:
    """Read views of many entities in one round trip to Redis.

    JSON has columns: a table for each of `ask`, with its entities and, by the name that was asked, the
    `status`, `age_s` and `values` of each view. Arrow has a stream for each of `ask`, one after the other,
    with columns `entity`, `<view>__status`, `<view>__age_s` and `<view>__<value>`.
    """
    questions = [question for place, wanted in enumerate(ask.ask) for question in _questions(place, wanted)]
    if (rows := sum(len(entities) for _, entities in questions)) > MOST_ROWS:
        raise ApiError(413, f"{rows} rows are asked for", "ask", rows, f"ask for {MOST_ROWS} at a time")
    now_ms = services.now_ms() if ask.now_ms is None else ask.now_ms
    try:
        found = iter(await _read(request, questions, now_ms, ask.fallback))
    except EntityError as error:
        raise _no_entity(ask, error) from None
    answers = [[next(found) for _ in wanted.views] for wanted in ask.ask]
    if ARROW in accept:
        return Response(tables.arrow(answers), media_type=ARROW)
    names = [wanted.views for wanted in ask.ask]
    return as_json(tables.columns(now_ms, names, answers))


@router.get("/features/{view}/{entity:path}")
async def get(
    view: str,
    entity: str,
    request: Request,
    services: Given,
    fallback: Annotated[Fallback | None, Query(description=_FALLBACK)] = None,
) -> Response:
    """Read one view of one entity."""
    ask = Ask(ask=[Wanted(views=[view], entities=[entity])])
    try:
        (answer,) = await _read(request, _questions(0, ask.ask[0]), services.now_ms(), fallback)
    except EntityError as error:
        raise _no_entity(ask, error) from None
    return as_json(answer.as_dicts()[0])


def _questions(place: int, wanted: Wanted) -> list[Question]:
    if twice := sorted(view for view in {*wanted.views} if wanted.views.count(view) > 1):
        raise ApiError(422, f"{twice[0]} is there twice", f"ask.{place}.views", twice[0], "name it once")
    for at, view in enumerate(wanted.views):
        if view not in NAMED:
            raise unknown("view", view, NAMED, f"ask.{place}.views.{at}")
    return [(NAMED[view], wanted.entities) for view in wanted.views]


def _no_entity(ask: Ask, error: EntityError) -> ApiError:
    place, wanted = [(at, wanted) for at, wanted in enumerate(ask.ask) for _ in wanted.views][error.question]
    field, value = f"ask.{place}.entities.{error.row}", wanted.entities[error.row]
    return ApiError(422, str(error), field, value, "a list, or a text with | between its columns")


async def _read(
    request: Request, questions: Sequence[Question], now_ms: int, fallback: Fallback | None
) -> list[Features]:
    services: Services = request.app.state.services
    metrics: Metrics = request.app.state.metrics
    found = await services.features.read_many(questions, now_ms, fallback)
    for answer in found:
        for status, rows in Counter(answer.status.tolist()).items():
            metrics.count(ROWS, answer.view.name, status, by=rows)
    return found
