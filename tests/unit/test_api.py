"""What the API answers is what the readers say; what it cannot do it says in one shape, with the field."""

from __future__ import annotations

from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pytest
from prometheus_client.parser import text_string_to_metric_families

from features.catalog import READABLE, VIEWS
from features.view import View
from online_models.catalog import MODELS
from online_models.examples import Examples, Numbers
from serving import FeatureReader, ModelReader
from serving.api.features import ARROW, MOST_ROWS
from serving.api.metrics import CATALOGUE, Metrics
from serving.arrow import to_polars
from sinks.memory import MemoryTiles
from sinks.memory_flags import MemoryFlags
from tests.reading import ENTITIES, NOW_MS, SAMPLE, of_view
from tests.served import Api, Redis, unreachable
from tests.tiles import write_all

pytestmark = pytest.mark.unit

views = pytest.mark.parametrize("view", READABLE, ids=lambda view: view.id)
ONE = {"ask": [{"views": ["title_engagement"], "entities": ["t1"]}]}


def wanted(view: View) -> list[Any]:
    return [*ENTITIES.get(view.name, ["m1"]), ["nobody"] * len(view.entity)]


@pytest.fixture(scope="module")
def api() -> Api:
    tiles = MemoryTiles()
    for view in VIEWS.values():
        write_all(tiles, view, of_view(view, SAMPLE))
    return Api(Redis(tiles))


def told(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    found: dict[str, Any] = response.json()
    assert found.keys() == {"error", "field", "value", "remedy"}
    return found


@views
def test_json_says_what_a_reader_says(view: View, api: Api) -> None:
    plain = FeatureReader(api.store.tiles, MemoryFlags()).read(view, wanted(view), NOW_MS)
    found = api.post("/features", {"ask": [{"views": [view.id], "entities": wanted(view)}]}).json()
    (table,) = found["tables"]
    columns = table["views"][view.id]
    rows = [
        {
            "view": view.name,
            "version": columns["version"],
            "entity": entity,
            "status": columns["status"][i],
            "age_s": columns["age_s"][i],
            "values": {name: column[i] for name, column in columns["values"].items()},
        }
        for i, entity in enumerate(table["entities"])
    ]
    assert found["now_ms"] == NOW_MS
    assert rows == plain.as_dicts()
    assert api.get(f"/features/{view.id}/{plain.entities[0]}").json() == rows[0]


@views
def test_arrow_says_what_a_reader_says(view: View, api: Api) -> None:
    plain = FeatureReader(api.store.tiles, MemoryFlags()).read(view, wanted(view), NOW_MS)
    ask = {"ask": [{"views": [view.id], "entities": wanted(view)}]}
    response = api.post("/features", ask, headers={"Accept": ARROW})
    assert response.headers["content-type"] == ARROW
    table = pa.ipc.open_stream(response.content).read_all()
    columns = {name: table[f"{view.name}__{name}"].to_pylist() for name in ("status", "age_s", *plain.values)}
    for place, row in enumerate(plain.as_dicts()):
        found = {name: column[place] for name, column in columns.items()}
        told = {name: None if value != value else value for name, value in found.items()}
        assert told == {"status": row["status"], "age_s": row["age_s"], **row["values"]}
    assert table["entity"].to_pylist() == list(plain.entities)
    assert to_polars([plain]).columns == table.column_names


def test_tables_stand_in_the_order_asked_and_streams_of_arrow_too(api: Api) -> None:
    titles = {"views": ["title_engagement", "title_seek@1"], "entities": ["t2", "t1"]}
    ask = {"ask": [titles, {"views": ["member_activity"], "entities": ["m1"]}], "now_ms": NOW_MS + 1}
    found = api.post("/features", ask).json()
    assert [list(table["views"]) for table in found["tables"]] == [
        ["title_engagement", "title_seek@1"],
        ["member_activity"],
    ]
    assert found["tables"][0]["entities"] == ["t2", "t1"]
    assert found["now_ms"] == NOW_MS + 1
    source = pa.BufferReader(api.post("/features", ask, headers={"Accept": ARROW}).content)
    both = [pa.ipc.open_stream(source).read_all() for _ in range(2)]
    assert [table["entity"].to_pylist() for table in both] == [["t2", "t1"], ["m1"]]
    assert len(api.store.asked[-1]) == len(set(api.store.asked[-1])), "one round trip"


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"ask": []}, 422, "ask"),
        ({"ask": [{"views": ["title_engagement"]}]}, 422, "ask.0.entities"),
        ({"ask": [{"views": [], "entities": []}]}, 422, "ask.0.views"),
        ({"ask": [{"views": ["title_engagment"], "entities": []}]}, 404, "ask.0.views.0"),
        ({"ask": [{"views": ["title_seek"] * 2, "entities": []}]}, 422, "ask.0.views"),
        ({"ask": [*ONE["ask"], {"views": ["title_country_trending"], "entities": ["t|BR", "t"]}]}, 422, None),
        ({"ask": [{"views": ["title_seek"], "entities": [["t", "BR"]]}]}, 422, "ask.0.entities.0"),
        ({"ask": [{"views": ["title_seek"], "entities": ["t"] * (MOST_ROWS + 1)}]}, 413, "ask"),
        ({"now_ms": -1}, 422, "now_ms"),
        ({"now_ms": "soon"}, 422, "now_ms"),
        ({"fallback": "guess"}, 422, "fallback"),
        ({"entities": ["t1"]}, 422, "entities"),
    ],
)
def test_bad_input_is_told_with_its_field(change: Any, status: int, field: str | None, api: Api) -> None:
    found = told(api.post("/features", {**ONE, **change}), status)
    assert found["field"] == (field or "ask.1.entities.1")
    assert found["error"]
    assert found["remedy"]


def test_what_is_no_json_or_no_path_is_told_in_the_same_shape(api: Api) -> None:
    assert told(api._asked("POST", "/features", content=b"{"), 422)["error"]
    assert told(api.get("/nothing"), 404)["error"] == "not found"
    assert told(api.get("/features"), 405)["error"] == "method not allowed"
    assert "title_engagement" in told(api.get("/features/title_engagment/t1"), 404)["remedy"]


def test_without_redis_it_says_so_or_falls_back_as_asked() -> None:
    api = Api()
    assert api.get("/health/ready").status_code == 200
    unreachable(api.store)
    response = api.post("/features", ONE)
    assert told(response, 503)["error"] == "Redis does not answer", "and not where it is"
    assert response.headers["retry-after"]
    for fallback in "last_good", "prior":
        (table,) = api.post("/features", {**ONE, "fallback": fallback}).json()["tables"]
        assert table["views"]["title_engagement"]["status"] == ["prior"]
    assert api.get("/features/title_seek/t1?fallback=prior").json()["status"] == "prior"
    assert told(api.get("/health/ready"), 503)
    assert api.get("/health/live").status_code == 200


def test_views_are_those_of_the_catalogue(api: Api) -> None:
    assert [(v["view"], v["version"]) for v in api.get("/views").json()] == [
        (v.name, v.version) for v in READABLE
    ]


def test_candidates_are_told_with_why(api: Api) -> None:
    found = api.get("/candidates", params={"member": "m1", "country": "BR", "most": 3}).json()
    assert found["member"] == "m1"
    assert found["candidates"][0] == {
        "title_id": "t1", "why": ["continue watching", "popular here"], "chance": None,
    }  # fmt: skip
    assert told(api.get("/candidates"), 422)["field"] == "member"


@pytest.mark.parametrize("name", MODELS)
def test_a_model_says_nothing_before_it_is_published(name: str, api: Api) -> None:
    listed = {model["model"]: model for model in api.get("/models").json()}
    columns = {column: [None, None] for column in listed[name]["columns"]}
    found = api.post(f"/models/{name}/predict", {"columns": columns}).json()
    assert (found["status"], found["chance"]) == ("missing", [None, None])


def test_a_model_is_asked_with_what_views_know_unless_that_is_given(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Examples] = []

    def predict(self: ModelReader, model: str, examples: Examples, now_ms: int) -> Numbers:
        seen.append(examples)
        return np.full(len(examples), 0.5)

    monkeypatch.setattr(ModelReader, "predict", predict)
    columns = {"title_id": ["t1", "new"], "member_id": ["m1", "m1"]}
    for given in {}, {"title_engagement.take_rate_1h": [0.25, None]}:
        found = api.post("/models/take/predict", {"columns": {**columns, **given}}).json()
        assert found["chance"] == [0.5, 0.5]
    reader = FeatureReader(api.store.tiles, MemoryFlags())
    rates = reader.read("title_engagement", columns["title_id"], NOW_MS).values["take_rate_1h"]
    assert [of.columns["title_engagement.take_rate_1h"].tolist()[0] for of in seen] == [rates[0], 0.25]
    assert {of.name for of in MODELS["take"].known} <= {*seen[0].columns}
    assert rates[0] != rates[1]
    assert seen[0].columns["title_engagement.take_rate_1h"][1] == rates[1]


@pytest.mark.parametrize(
    ("columns", "status", "field"),
    [
        ({"title": ["t1"]}, 422, "columns.title"),
        ({"title_id": ["t1"], "member_id": []}, 422, "columns.member_id"),
        ({"title_id": [1.0]}, 422, "columns.title_id"),
        ({}, 422, "columns"),
    ],
)
def test_bad_columns_are_told(columns: Any, status: int, field: str, api: Api) -> None:
    assert told(api.post("/models/take/predict", {"columns": columns}), status)["field"] == field


def test_metrics_are_those_of_the_catalogue_and_count_by_route() -> None:
    api = Api()
    for path in "/views", "/features/title_seek/t1", "/features/title_seek/t2", "/x1", "/x2":
        api.get(path)
    found = {family.name: family for family in text_string_to_metric_families(api.get("/metrics").text)}
    requests = {sample.labels["route"]: sample.value for sample in found["headwater_api_requests"].samples
                if sample.name.endswith("_total")}  # fmt: skip
    assert requests == {"/views": 1, "/features/{view}/{entity:path}": 2, "none": 2}
    names = {metric.name for metric in CATALOGUE}
    assert {name for name in found if not name.endswith("_created")} == names
    assert all(found[name].documentation for name in names)
    assert Metrics().text() != api.get("/metrics").content


def test_the_contract_tells_every_path_and_its_problems(api: Api) -> None:
    paths = api.get("/openapi.json").json()["paths"]
    assert {"/features", "/views", "/candidates", "/models", "/health/live", "/metrics"} <= {*paths}
    assert {"200", "404", "413", "422", "503"} <= {*paths["/features"]["post"]["responses"]}
