"""A request is a span below that of whoever asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from serving.api import tracing
from tests.served import Api

trace = pytest.importorskip("opentelemetry.trace")
pytestmark = pytest.mark.unit


class Span(trace.NonRecordingSpan):  # type: ignore[misc, name-defined]
    """Keeps what it is told."""

    def __init__(self, parent: int) -> None:
        super().__init__(trace.INVALID_SPAN_CONTEXT)
        self.parent, self.name, self.attributes = parent, "", dict[str, Any]()

    def update_name(self, name: str) -> None:
        self.name = name

    def set_attribute(self, key: str, value: Any) -> None:
        self.attributes[key] = value


class Tracer(trace.NoOpTracer):  # type: ignore[misc, name-defined]
    """Keeps its spans."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    @contextmanager
    def start_as_current_span(self, name: str, context: Any = None, **_: Any) -> Iterator[Span]:
        self.spans.append(Span(trace.get_current_span(context).get_span_context().trace_id))
        yield self.spans[-1]


def test_a_request_is_a_span_below_that_of_whoever_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tracer, of = Tracer(), "0af7651916cd43dd8448eb211c80319c"
    monkeypatch.setattr(trace, "get_tracer", lambda name: tracer)
    Api().get("/features/title_seek/t1", headers={"traceparent": f"00-{of}-b7ad6b7169203331-01"})
    (span,) = tracer.spans
    assert (span.name, span.parent) == ("GET /features/{view}/{entity:path}", int(of, 16))
    assert span.attributes["http.response.status_code"] == 200


def test_without_it_nothing_is_traced_and_everything_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "_FOUND", False)
    assert Api().get("/views").status_code == 200
