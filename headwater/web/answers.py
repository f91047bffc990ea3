"""How the routes of the pages answer, and whom."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import orjson
from fastapi import HTTPException, Request
from fastapi.responses import Response

from headwater.errors import HeadwaterError, NotThereError

#: Nothing from elsewhere, and no script or style within a document: what events hold cannot become one.
_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def called_ours(request: Request) -> None:
    """A site whose name was made to mean this machine (DNS rebinding) must not read what is served here."""
    name = request.url.hostname or ""
    try:
        ip_address(name)
    except ValueError:
        if name != "localhost":
            raise HTTPException(421, "ask by address, or as localhost") from None


def sent_by_ours(request: Request) -> None:
    """A page of another site must not send anything: browsers tell whose it is."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "only pages of this server may send")


def answer(tell: Callable[[], Any]) -> Response:
    """What it tells, or the problem that hinders it, in one line."""
    try:
        return as_json(tell(), 200)
    except HeadwaterError as error:
        return as_json({"problem": str(error)}, 404 if isinstance(error, NotThereError) else 503)


def as_json(found: Any, status: int) -> Response:
    """A value as the body of an answer."""
    return Response(orjson.dumps(found), status, HEADERS, "application/json")
