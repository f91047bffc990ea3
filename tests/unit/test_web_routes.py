"""What the pages ask for is answered: figures, or one line that says what is wrong."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from features.catalog import READABLE
from headwater.server import Served, application
from headwater.settings import Settings
from headwater.web.routes import STATIC, mount
from serving.keys import Keys, line
from tests.pages import MARKUP, NOWHERE, app

pytestmark = pytest.mark.unit

PAGES = ("overview", "quality", "features", "models", "row")
FILES = sorted(path for path in STATIC.iterdir())


def ask(of: FastAPI, *paths: str) -> list[httpx.Response]:
    """The answers, in order, of one event loop."""

    async def run() -> list[httpx.Response]:
        transport = httpx.ASGITransport(of)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return [await client.get(path) for path in paths]

    return asyncio.run(run())


@pytest.fixture(scope="module")
def pages() -> FastAPI:
    return app()


def told(of: FastAPI, path: str) -> Any:
    (answer,) = ask(of, f"/live/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_tells_its_figures_and_when_they_were_taken(pages: FastAPI, page: str) -> None:
    found = told(pages, page)
    assert found["problems"] == {}
    assert abs(found["at_ms"] / 1_000 - time.time()) < 60


def test_the_quarantine_is_chosen_from_by_type_and_reason(pages: FastAPI) -> None:
    def ids(query: str) -> set[str]:
        return {record["id"] for record in told(pages, f"quarantine{query}")["records"]}

    assert ids("") == {"play/0/0", "search/0/0"}
    assert ids("?event=play") == ids("?reason=malformed") == {"play/0/0"}
    assert ids("?event=play&reason=country_iso") == set()


def test_a_record_is_told_decoded_and_with_the_rules_that_it_fails(pages: FastAPI) -> None:
    found = told(pages, "quarantine/search/0/0")
    assert found["fields"]["query"] == MARKUP
    assert "country_iso" in {failure["rule"] for failure in found["failures"]}


@pytest.mark.parametrize("view", READABLE, ids=lambda view: view.id)
def test_every_view_is_told_with_its_lineage(pages: FastAPI, view: Any) -> None:
    found = told(pages, f"features/{view.id}")
    nodes = {node["id"]: node["kind"] for node in found["lineage"]["nodes"]}
    assert nodes[f"view:{view.id}"] == "view"
    assert all({edge["from"], edge["to"]} <= set(nodes) for edge in found["lineage"]["edges"])
    reached = {f"view:{view.id}"}
    for _ in nodes:
        reached |= {edge["from"] for edge in found["lineage"]["edges"] if edge["to"] in reached}
    assert {f"topic:events.{event}" for event in view.sources} <= reached


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("unheard-of", 404),
        ("features/unheard-of", 404),
        ("features/unheard-of/t1", 404),
        ("quarantine?event=unheard-of", 404),
        ("quarantine/unheard-of/0/0", 404),
        ("quarantine/play/0/99", 404),
        ("quarantine/play/0/x", 404),
    ],
)
def test_what_is_not_there_is_said_in_one_line(pages: FastAPI, path: str, status: int) -> None:
    (answer,) = ask(pages, f"/live/{path}")
    assert answer.status_code == status
    assert "\n" not in answer.json()["problem"]


def test_services_that_are_down_are_problems_of_their_parts(tmp_path: Path) -> None:
    made = FastAPI()
    mount(made, Settings(runtime_dir=tmp_path), NOWHERE, dict)
    answers = ask(made, *(f"/live/{page}" for page in PAGES))
    for answer in answers:
        assert answer.status_code == 200
        assert all("127.0.0.1:1" in problem for problem in answer.json()["problems"].values())
    expected = [{"jobs", "progress", "views"}, {"quality"}, {"views"}, {"models", "history"}, {"members"}]
    assert [set(answer.json()["problems"]) for answer in answers] == expected
    assert "no Kafka answers" in answers[3].json()["problems"]["history"]  # before a client waits a minute
    assert {view["status"] for view in answers[2].json()["views"]} == {"not reachable"}
    (look_up,) = ask(made, "/live/features/title_engagement/t1")
    assert (look_up.status_code, "headwater up" in look_up.json()["problem"]) == (503, True)


def test_the_first_page_forbids_what_is_not_ours(pages: FastAPI) -> None:
    (answer,) = ask(pages, "/")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("host", "status"), [("127.0.0.1:8080", 200), ("[::1]:8080", 200), ("evil.example:8080", 421)]
)
def test_no_site_reads_along_under_a_name_that_means_this_machine(
    pages: FastAPI, host: str, status: int
) -> None:
    (answer,) = ask(pages, f"http://{host}/live/quarantine")
    assert answer.status_code == status


def test_pages_are_added_where_nobody_is_asked_for_a_key(tmp_path: Path) -> None:
    served = Served(NOWHERE.redis, "127.0.0.1", 1, 1, 0, 45, None, (Settings(runtime_dir=tmp_path), NOWHERE))
    keyed = replace(served, keys=Keys.parse([line("ranker", "hw_1", ["features"])]))
    paths = ("/", "/static/app.js", "/live/features", "/live/quarantine")
    for of, expected in (
        (served, [200, 200, 200, 503]),
        (keyed, [404] * 4),
        (replace(served, look_at=None), [404] * 4),
    ):
        assert [answer.status_code for answer in ask(application(of), *paths)] == expected


def test_every_file_is_served_and_all_of_them_are_small(pages: FastAPI) -> None:
    answers = ask(pages, *(f"/static/{path.name}" for path in FILES))
    assert [answer.content for answer in answers] == [path.read_bytes() for path in FILES]
    assert sum(len(answer.content) for answer in answers) <= 300 * 1024


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix in (".js", ".html")], ids=lambda p: p.name)
def test_no_file_reads_text_as_markup_or_names_another_host(path: Path) -> None:
    text = path.read_text()
    assert not [
        way for way in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(") if way in text
    ]
    assert (
        "//"
        not in text.replace("http://www.w3.org/2000/svg", "").replace(" // ", "").replace("\n// ", "")[3:]
    )
