"""What the API says when it cannot do what is asked: one shape, which names the field and the remedy."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import redis
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from serving.api.output import as_json

_LOG = logging.getLogger("headwater.api")
_CONTRACT = "see /openapi.json for what may be asked"


class Told(BaseModel):
    """The body of every answer above 399. `field` is a path such as `ask.0.views.1`, or empty."""

    error: str
    field: str = ""
    value: Any = None
    remedy: str = ""


class ApiError(Exception):
    """Ends a request with a status and what is to be told."""

    def __init__(self, status: int, error: str, field: str = "", value: Any = None, remedy: str = "") -> None:
        super().__init__(error)
        self.status = status
        self.told = Told(error=error, field=field, value=value, remedy=remedy)


def unknown(what: str, name: str, known: Iterable[str], field: str) -> ApiError:
    """A 404 that names what is near.

    >>> unknown("view", "title_engagment", ["title_engagement", "session"], "view").told.remedy
    'did you mean title_engagement?'
    """
    near = get_close_matches(name, [of for of in known if "@" not in of or "@" in name], n=3)
    remedy = f"did you mean {' or '.join(near)}?" if near else f"GET /{what}s names those there are"
    return ApiError(404, f"there is no {what} {name!r}", field, name, remedy)


def response(problem: ApiError) -> Response:
    """A problem as it goes over the wire."""
    headers = {429: {"Retry-After": "1"}, 503: {"Retry-After": "1"}, 401: {"WWW-Authenticate": "Bearer"}}
    return as_json(problem.told.model_dump(), problem.status, headers.get(problem.status))


def handle(app: FastAPI) -> None:
    """Let an app tell all problems in this shape."""

    def _problem(_: Request, error: Exception) -> Response:
        assert isinstance(error, ApiError)
        return response(error)

    def _invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return response(_of_invalid(error))

    def _refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return response(ApiError(error.status_code, error.detail.lower(), remedy=_CONTRACT))

    def _unreachable(_: Request, error: Exception) -> Response:
        # Where Redis is, as errors of its client tell, is for the log alone.
        _LOG.warning("Redis does not answer: %s", error or type(error).__name__)
        told = "give `fallback` to be answered meanwhile by what was read before"
        return response(ApiError(503, "Redis does not answer", remedy=told))

    app.add_exception_handler(ApiError, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(redis.RedisError, _unreachable)
    app.add_exception_handler(TimeoutError, _unreachable)


def _of_invalid(error: RequestValidationError) -> ApiError:
    first = error.errors()[0]
    # The first part says where: body, query or path.
    field = ".".join(str(part) for part in first["loc"][1:])
    value = first.get("input")
    shown = value if isinstance(value, (str, int, float, bool, type(None))) else None
    return ApiError(422, first["msg"], field, shown, _CONTRACT)
