"""How busy the parts of a job are, as Flink tells it over HTTP, and as `headwater status` shows it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from headwater.commands.job_table import job_table
from headwater.runtime.flink_load import Load, loads, short
from headwater.runtime.flink_rest import FlinkRest, Job

pytestmark = pytest.mark.unit

JOB = Job("a1", "validate_events", "RUNNING", 0)
VERTICES = [
    {"id": "v1", "name": "Source: raw[1] -> Calc[2]", "parallelism": 2, "status": "RUNNING"},
    {"id": "v2", "name": "PythonCalc[3] -> routed[4]: Writer", "parallelism": 1, "status": "RUNNING"},
    {"id": "v3", "name": "PythonCalc[5] -> routed[6]: Writer", "parallelism": 1, "status": "RUNNING"},
]
#: Busy, back-pressured and idle ms of a second, as Flink would say them of each vertex.
SAID: dict[str, tuple[Any, Any, Any]] = {
    "v1": (250.0, 700, 50.0),
    "v2": (1000.0, 0.0, 0.0),
    "v3": ("NaN",) * 3,
}


@contextmanager
def flink(said: dict[str, tuple[Any, Any, Any]], gone: bool = False) -> Iterator[tuple[FlinkRest, list[str]]]:
    """A Flink that answers what `loads` asks, and the paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            path = urlparse(self.path)
            if path.path == "/jobs/a1":
                self.answer(200, {"state": "RUNNING", "vertices": VERTICES})
                return
            *_, vertex, subtasks, metrics = path.path.split("/")
            query = parse_qs(path.query)
            if gone or (subtasks, metrics) != ("subtasks", "metrics") or query["agg"] != ["max"]:
                self.answer(404, {"errors": ["gone"]})
                return
            names = query["get"][0].split(",")
            values = zip(names, said.get(vertex, ()), strict=False)
            self.answer(200, [{"id": name, "max": value} for name, value in values])

        def answer(self, code: int, body: Any) -> None:
            self.send_response(code)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield FlinkRest(f"http://127.0.0.1:{server.server_port}", timeout_s=5), asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_each_vertex_has_its_shares() -> None:
    with flink(SAID) as (rest, asked):
        assert loads(rest, JOB) == (
            Load("raw … Calc", 2, 0.25, 0.7, 0.05),
            Load("PythonCalc … routed", 1, 1.0, 0.0, 0.0),
            Load("PythonCalc … routed 2", 1, None, None, None),
        )
    assert len(asked) == 1 + len(VERTICES)


@pytest.mark.parametrize("said", [{}, {"v1": (None, "x", float("inf"))}, {"v1": (-5, 2_000, None)}])
def test_what_flink_has_not_measured_is_none_and_shares_stay_between_0_and_1(said: dict[str, Any]) -> None:
    with flink(said) as (rest, _):
        first = loads(rest, JOB)[0]
    shares = (first.busy, first.backpressured, first.idle)
    assert all(share is None or 0 <= share <= 1 for share in shares)
    assert None in shares


def test_a_job_that_has_ended_or_goes_meanwhile_has_no_load() -> None:
    with flink(SAID, gone=True) as (rest, asked):
        assert loads(rest, JOB) == ()
        asked.clear()
        assert loads(rest, Job("a1", "validate_events", "FAILED", 0)) == ()
        assert asked == []
    assert loads(rest, JOB) == ()


@given(st.text() | st.lists(st.sampled_from(["Source: a[1]", "b[2]", "Sink: c", "(", ", "])).map(" -> ".join))
def test_any_name_is_made_short(name: str) -> None:
    assert len(short(name)) <= 48
    assert bool(short(name)) == bool(name) or not name.strip()


def test_the_name_of_a_source_is_that_of_its_table() -> None:
    name = "Source: KafkaSource-default_catalog.default_database.raw_events -> Calc[2] -> routed[4]: Writer"
    assert short(name) == "raw_events … routed"


@pytest.mark.parametrize("parts", [True, False])
def test_the_table_shows_the_busiest_part_or_all(parts: bool) -> None:
    with flink(SAID) as (rest, _):
        jobs = [asdict(JOB) | {"vertices": [asdict(load) for load in loads(rest, JOB)]}]
    console = Console(width=120, record=True)
    console.print(job_table(jobs, {"validate_events": 12}, parts))
    shown = [line.split() for line in console.export_text().splitlines()]
    assert shown[0] == ["job", "state", "lag", "busy", "backpressured", "id"]
    assert shown[1] == ["validate_events", "RUNNING", "12", "100%", "70%", "a1"]
    if not parts:
        assert len(shown) == 2
        return
    assert shown[2] == ["raw", "…", "Calc", "25%", "70%"]
    assert shown[3][-2:] == ["100%", "0%"]
    assert shown[4][-1] == "2"
