"""Every request that is taken on: counted, timed, and told in the log."""

from __future__ import annotations

import logging
import re
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.metrics import REQUESTS, TOOK, UNDER_WAY, Metrics
from serving.api.tracing import span

_LOG = logging.getLogger("headwater.api")
#: W3C Trace Context: version, trace, span, flags.
_TRACE = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


class Observed:
    """An app that is watched."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and tell of it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began_s, status = time.perf_counter(), 500

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._metrics.count(UNDER_WAY)
        with span(scope) as told:
            try:
                return await self._app(scope, receive, sent)
            finally:
                # What was asked for may be anything; of routes there are few.
                route = getattr(scope.get("route"), "path", "none")
                told(route, status)
                self._tell(scope, route, status, time.perf_counter() - began_s)

    def _tell(self, scope: Scope, route: str, status: int, took_s: float) -> None:
        self._metrics.count(UNDER_WAY, by=-1)
        self._metrics.count(REQUESTS, route, str(status))
        self._metrics.observe(TOOK, route, value=took_s)
        told = {"method": scope["method"], "route": route, "status": status}
        told["took_ms"] = round(took_s * 1_000, 2)
        if key := scope.get("state", {}).get("key"):
            told["key"] = key
        if trace := _trace(scope):
            told["trace"] = trace
        _LOG.info("request", extra={"told": told})


def _trace(scope: Scope) -> str:
    given = next((value for name, value in scope["headers"] if name == b"traceparent"), b"")
    found = _TRACE.fullmatch(given)
    return found[1].decode() if found else ""
