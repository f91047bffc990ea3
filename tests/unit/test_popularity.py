"""What is popular is remembered as it was read, and offered to anybody where Redis does not answer."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from features.catalog import VIEWS
from online_models.catalog import MODELS
from serving import FeatureReader, ModelReader
from serving.candidates import Candidate, Candidates
from serving.offers import Viewer
from serving.popularity import ANYWHERE, POPULAR, Popular, Popularity
from serving.ranker import ASKED, Ranker
from sinks.memory import MemoryTiles
from tests.served import Api, Redis, Unpublished, unreachable
from tests.tiles import write_all
from tests.viewers import NOW_MS, TOLD, event

pytestmark = pytest.mark.unit

READ = {"member_history", "country_top", "title_next", "title_engagement"}
PLAYS = {"BR": {"t9": 5, "t2": 3}, "JP": {"t2": 4, "t5": 1}}
LATER_MS = NOW_MS + 90_000


def store(plays: dict[str, dict[str, int]] = PLAYS) -> MemoryTiles:
    tiles = MemoryTiles()
    told = [
        (name, record | {"country": country})
        for country, of in plays.items()
        for title, n in of.items()
        for name, record in (event("play", 30, f"{country}{title}{k}", title) for k in range(n))
    ]
    for view in READ | {known.view for model in MODELS.values() for known in model.known}:
        write_all(tiles, VIEWS[view], told)
    return tiles


def remembered(tiles: MemoryTiles, *countries: str) -> Popularity:
    found = Popularity()
    Candidates(FeatureReader(tiles), ModelReader(Unpublished()), found).of(
        [("new", country) for country in countries], now_ms=NOW_MS
    )
    return found


counts = st.dictionaries(st.sampled_from(["t1", "t2", "t3", "t4"]), st.integers(1, 4), min_size=1)


@given(
    plays=st.dictionaries(st.sampled_from(["BR", "JP", "US"]), counts),
    read=st.sets(st.sampled_from(["BR", "JP"])),
)
def test_it_is_that_of_the_country_or_else_of_all_that_were_read(
    plays: dict[str, dict[str, int]], read: set[str]
) -> None:
    found = remembered(store(plays), *sorted(read))
    known = {country: of for country, of in plays.items() if country in read}
    everywhere = sum(map(Counter, known.values()), Counter[str]())
    for country in "BR", "JP", "US", "":
        popular = found.of(country, LATER_MS)
        if not known:
            assert popular is None
            continue
        assert popular is not None
        expected = known.get(country, everywhere)
        numbers = [expected[title] for title in popular.titles]
        assert set(popular.titles) == set(expected)
        assert numbers == sorted(numbers, reverse=True)
        assert popular.why == (POPULAR if country in known else ANYWHERE)
        assert popular.age_s == 90.0


@pytest.mark.parametrize("lost", ["degraded", "empty"])
def test_what_is_not_to_be_trusted_takes_the_place_of_nothing(lost: str) -> None:
    tiles = store()
    found = remembered(tiles, "BR")
    other = store({"BR": {"t1": 9}} if lost == "degraded" else {})
    if lost == "degraded":
        other.degrade("country_top")
    reader = FeatureReader(other)
    found.keep(reader.read("country_top", ["BR"], NOW_MS + 1_000), NOW_MS + 1_000)
    assert found.of("BR", LATER_MS) == Popular(("t9", "t2"), POPULAR, 90.0)
    assert remembered(other, "BR").of("BR") is None


def test_candidates_of_anybody_are_what_is_popular() -> None:
    popularity = remembered(store(), "BR", "JP")
    reader = Candidates(FeatureReader(MemoryTiles()), ModelReader(Unpublished()), popularity)
    for country, titles in (("BR", ["t9", "t2"]), ("JP", ["t2", "t5"]), ("", ["t2", "t9", "t5"])):
        found = reader.popular(country, now_ms=LATER_MS)
        assert found is not None
        candidates, age_s = found
        assert [c.title_id for c in candidates] == titles
        assert age_s == 90.0
    assert reader.popular("", most=1, now_ms=LATER_MS) == (
        [Candidate("t2", (ANYWHERE,), pytest.approx(math.nan, nan_ok=True))],
        90.0,
    )
    assert Candidates(FeatureReader(MemoryTiles()), ModelReader(Unpublished())).popular("BR") is None


@pytest.mark.parametrize("plays", [PLAYS, {}], ids=["computed", "not computed"])
def test_who_ranks_titles_that_are_named_asks_for_it_now_and_then(plays: dict[str, dict[str, int]]) -> None:
    class Asked(MemoryTiles):
        """Tells which views' keys were asked for."""

        def mget(self, keys: Sequence[str]) -> list[bytes | None]:
            self.asked = [*keys]
            return tiles.mget(keys)

    tiles, told = store(plays), Asked()
    ranker = Ranker(FeatureReader(told), ModelReader(Unpublished()), dict)
    for later_ms, read in ((0, True), (5_000, False), (11_000, True)):
        told.asked = []
        ranker._reasons(Viewer("m1", "m1-p1", "tv", "BR"), ["t1", "t2"], NOW_MS + later_ms)
        assert any("country_top" in key for key in told.asked) == read


def test_titles_that_are_named_are_ranked_by_it_and_the_others_stay_as_they_come() -> None:
    ranker = Ranker(FeatureReader(store()), ModelReader(Unpublished()), dict)
    viewer = Viewer("m1", "m1-p1", "tv", "BR")
    assert ranker.popular(viewer, ["t1"]) is None
    ranker._reasons(viewer, ["t1", "t2"], NOW_MS + 11_000)
    found = ranker.popular(viewer, ["t1", "t2", "new", "t9"], now_ms=NOW_MS + 12_000)
    assert found is not None
    page, age_s = found
    assert [(r.title_id, r.why) for r in page] == [
        ("t9", (POPULAR, ASKED)),
        ("t2", (POPULAR, ASKED)),
        ("t1", (ASKED,)),
        ("new", (ASKED,)),
    ]
    assert age_s == 1.0
    assert all(math.isnan(number) for r in page for number in (r.score, r.take, r.completion, r.curiosity))


class Gone(MemoryTiles):
    """A store that may go away."""

    away = False

    def mget(self, keys: Sequence[str]) -> list[bytes | None]:
        if self.away:
            raise redis.ConnectionError
        return super().mget(keys)


def asked(api: Api, **more: Any) -> list[Any]:
    body = {"member": "m1", "country": "BR"} | more
    return [api.get("/candidates", params=body), api.post("/rank", body)]


def test_over_http_it_is_answered_where_it_is_asked_for_and_something_is_known() -> None:
    tiles = Gone()
    for view in READ | {known.view for model in MODELS.values() for known in model.known}:
        write_all(tiles, VIEWS[view], TOLD)
    api = Api(Redis(tiles))
    tiles.away = True
    assert {answer.status_code for answer in asked(api, fallback="popularity")} == {503}, "nothing is known"
    tiles.away = False
    for answer in asked(api, fallback="popularity"):
        found = answer.json()
        assert (answer.status_code, found["status"], found["age_s"]) == (200, "read", None)
    tiles.away = True
    unreachable(api.store)
    assert {answer.status_code for answer in asked(api)} == {503}
    candidates, page = (answer.json() for answer in asked(api, fallback="popularity", most=2))
    for found, titles in ((candidates, candidates["candidates"]), (page, page["ranked"])):
        assert (found["status"], found["age_s"]) == ("popularity", 0.0)
        assert [(of["title_id"], of["why"]) for of in titles] == [("t9", [POPULAR]), ("t2", [POPULAR])]
    assert page["models"] == {}
    assert {answer.status_code for answer in asked(api, fallback="last_good")} == {422}
    assert {answer.status_code for answer in asked(api, country="br")} == {422}
