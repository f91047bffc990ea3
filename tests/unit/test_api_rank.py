"""A page over HTTP is what the ranker says, with the models behind it; what cannot be asked is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pytest
import redis

from features.catalog import VIEWS
from online_models.catalog import MODELS
from schemas.titles import Title
from serving import FeatureReader, ModelReader
from serving.model_reader import Published
from serving.offers import Viewer
from serving.ranker import Ranker
from sinks.memory import MemoryTiles
from tests.reading import NOW_MS
from tests.served import Api, Redis, Unpublished
from tests.tiles import write_all
from tests.viewers import TOLD

pytestmark = pytest.mark.unit

READ = {"member_history", "country_top", "title_next"} | {
    known.view for name in ("take", "completion") for known in MODELS[name].known
}
TITLES = {title: Title(title, ("crime",), 5_400_000) for title in ("t1", "t3", "t9")}
PARTS = ("title_id", "score", "take", "completion", "curiosity", "alike", "why")


def store() -> Redis:
    tiles = MemoryTiles()
    for name in READ:
        write_all(tiles, VIEWS[name], TOLD)
    return Redis(tiles)


@pytest.fixture(scope="module")
def api() -> Api:
    return Api(store(), titles=TITLES)


def plain(of: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON has it."""
    told = {name: None if value != value else value for name, value in of.items()}
    return told | {"why": list(told["why"])}


@pytest.mark.parametrize("titles", [None, ["t9", "t3", "t2", "new"], []])
def test_it_says_what_the_ranker_says(titles: list[str] | None, api: Api) -> None:
    models: Published = Unpublished()
    ranker = Ranker(FeatureReader(api.store.tiles), ModelReader(models), lambda: TITLES)
    viewer = Viewer("m1", "m1-p2", "tv", "BR", -180)
    expected = ranker.rank(viewer, titles, most=3, diversity=0.5, now_ms=NOW_MS)
    body = {"member": "m1", "profile": "m1-p2", "device": "tv", "country": "BR", "utc_offset_min": -180}
    found = api.post("/rank", {**body, "titles": titles, "most": 3, "diversity": 0.5}).json()
    assert found["ranked"] == [plain(asdict(each)) for each in expected]
    assert all(tuple(each) == PARTS for each in found["ranked"])
    assert (found["member"], found["now_ms"], found["titles_known"]) == ("m1", NOW_MS, True)
    asked = ["take", "completion"] + (["next_title"] if titles is None else [])
    assert [*found["models"]] == asked
    assert {(told["status"], told["version"]) for told in found["models"].values()} == {("missing", 0)}


def test_a_member_alone_is_enough_and_gets_what_is_known_of_them(api: Api) -> None:
    found = api.post("/rank", {"member": "m1"}).json()
    assert [each["title_id"] for each in found["ranked"]] == ["t1", "t3"]
    assert found["ranked"][0]["score"] is None
    assert found["ranked"][0]["why"] == ["continue watching"]
    assert api.post("/rank", {"member": "nobody"}).json()["ranked"] == []


def test_without_a_catalogue_it_ranks_and_says_so() -> None:
    found = Api(store()).post("/rank", {"member": "m1", "country": "BR"}).json()
    assert found["titles_known"] is False
    assert {each["title_id"] for each in found["ranked"]} == {"t1", "t3", "t9"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"member": ""}, "member"),
        ({"member": "m" * 65}, "member"),
        ({"member": None}, "member"),
        ({"profile": ""}, "profile"),
        ({"device": "fridge"}, "device"),
        ({"country": "BRA"}, "country"),
        ({"utc_offset_min": 900}, "utc_offset_min"),
        ({"titles": ["t1", ""]}, "titles.1"),
        ({"titles": ["t1"] * 501}, "titles"),
        ({"titles": "t1"}, "titles"),
        ({"most": 0}, "most"),
        ({"most": 501}, "most"),
        ({"diversity": 1.1}, "diversity"),
        ({"title": ["t1"]}, "title"),
    ],
)
def test_bad_input_is_told_with_its_field(change: dict[str, Any], field: str, api: Api) -> None:
    answer = api.post("/rank", {"member": "m1", **change})
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert answer.json()["error"]


def test_without_redis_it_says_so() -> None:
    class Away(MemoryTiles):
        def mget(self, keys: Any) -> Any:
            raise redis.ConnectionError

    assert Api(Redis(Away())).post("/rank", {"member": "m1"}).status_code == 503
