"""Spans of OpenTelemetry, where it is installed and set up, as by `opentelemetry-instrument`; else none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.types import Scope

try:
    from opentelemetry import propagate, trace
except ImportError:  # It is optional.
    _FOUND = False
else:
    _FOUND = True

#: Ends a request: its route and status.
Told = Callable[[str, int], None]


@contextmanager
def span(scope: Scope) -> Iterator[Told]:
    """A span of a request, below that of whoever asked. Gives what is told how the request ended."""
    if not _FOUND:
        yield lambda route, status: None
        return
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    tracer = trace.get_tracer("headwater.api")
    above, kind = propagate.extract(headers), trace.SpanKind.SERVER
    with tracer.start_as_current_span(scope["method"], context=above, kind=kind) as made:

        def told(route: str, status: int) -> None:
            made.update_name(f"{scope['method']} {route}")
            made.set_attribute("http.request.method", scope["method"])
            made.set_attribute("http.route", route)
            made.set_attribute("http.response.status_code", status)

        yield told
