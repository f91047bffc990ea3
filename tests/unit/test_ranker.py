"""A page for a member: what is left out, what comes first, what is too much alike, and why."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.catalog import VIEWS
from online_models.catalog import MODELS
from online_models.examples import Examples, Numbers
from schemas.titles import Title
from serving import FeatureReader
from serving.likeness import diverse
from serving.offers import Viewer
from serving.ranker import CURIOSITY, Ranker
from sinks.memory import MemoryTiles
from tests.tiles import write_all
from tests.viewers import NOW_MS, TOLD, event

pytestmark = pytest.mark.unit

READ = {"member_history", "country_top", "title_next", "title_engagement"}
VIEWER = Viewer("m1", "m1-p1", "tv", "BR", -180)
TITLES = {
    "t1": Title("t1", ("crime",), 5_400_000),
    "t3": Title("t3", ("love",), 5_400_000),
    "t9": Title("t9", ("crime",), 5_400_000),
}


class Models:
    """Says what it is told to, by model and title; NaN of others."""

    def __init__(self, says: Mapping[str, Mapping[str, float]]) -> None:
        self._says = says
        self.asked: dict[str, Examples] = {}

    def predict(self, model: str, examples: Examples, now_ms: int | None = None) -> Numbers:
        self.asked[model] = examples
        of = self._says.get(model, {})
        return np.array([of.get(title, math.nan) for title in examples.columns["title_id"]], float)


def ranker(says: Mapping[str, Mapping[str, float]], more: Sequence[Any] = ()) -> tuple[Ranker, Models]:
    tiles, models = MemoryTiles(), Models(says)
    for name in READ | {known.view for model in MODELS.values() for known in model.known}:
        write_all(tiles, VIEWS[name], [*TOLD, *more])
    return Ranker(FeatureReader(tiles), models, lambda: TITLES), models  # type: ignore[arg-type]


def test_without_models_candidates_stay_as_they_come_and_what_was_finished_is_left_out() -> None:
    found = ranker({})[0].rank(VIEWER, now_ms=NOW_MS, diversity=0.0)
    assert [r.title_id for r in found] == ["t1", "t3", "t9"]
    assert found[0].why[0] == "continue watching"
    assert all(math.isnan(r.score) and math.isnan(r.take) for r in found)


def test_the_chance_of_a_take_decides_and_that_of_completion_with_it() -> None:
    take = {"t1": 0.2, "t3": 0.3, "t9": 0.29}
    found = ranker({"take": take, "completion": {"t1": 0.5, "t3": 0.1, "t9": 0.9}})[0].rank(
        VIEWER, now_ms=NOW_MS, diversity=0.0
    )
    assert [r.title_id for r in found] == ["t9", "t3", "t1"]
    assert [r.take for r in found] == [0.29, 0.3, 0.2]
    alone = ranker({"take": take})[0].rank(VIEWER, now_ms=NOW_MS, diversity=0.0)
    assert [r.title_id for r in alone] == ["t3", "t9", "t1"], "a model that is missing takes nothing off"


def test_what_was_hardly_looked_at_gets_a_little_on_top() -> None:
    looked = [event("hover", 30 + n, f"x{n}", "t3") for n in range(99)]
    found = {
        r.title_id: r
        for r in ranker({"take": dict.fromkeys(TITLES, 0.2)}, looked)[0].rank(VIEWER, now_ms=NOW_MS)
    }
    assert found["t9"].curiosity == pytest.approx(CURIOSITY)
    assert found["t3"].curiosity == pytest.approx(CURIOSITY / 10)


def test_titles_that_are_asked_for_are_ranked_but_for_those_that_were_finished() -> None:
    made, _ = ranker({"take": {"t9": 0.1, "t3": 0.4, "t2": 0.9, "new": 0.2}})
    found = made.rank(VIEWER, ["t9", "t3", "t2", "new"], now_ms=NOW_MS)
    assert [r.title_id for r in found] == ["t3", "new", "t9"]
    assert made.rank(VIEWER, [], now_ms=NOW_MS) == []
    assert len(made.rank(VIEWER, ["t9", "t3"], most=1, now_ms=NOW_MS)) == 1


def test_titles_that_are_named_take_two_round_trips() -> None:
    trips: list[int] = []

    class Counted(MemoryTiles):
        def mget(self, keys: Sequence[str]) -> list[bytes | None]:
            trips.append(len(keys))
            return super().mget(keys)

    made = Ranker(FeatureReader(Counted()), Models({}), lambda: TITLES)  # type: ignore[arg-type]
    assert len(made.rank(VIEWER, [f"t{n}" for n in range(500)], now_ms=NOW_MS)) == 20
    assert len(trips) == 2


def test_models_are_asked_with_every_column_that_they_read() -> None:
    made, models = ranker({})
    made.rank(VIEWER, now_ms=NOW_MS)
    for name in ("take", "completion"):
        declared, asked = MODELS[name], models.asked[name].columns
        for column in (*declared.texts, *(bound.column for bound in declared.bounds)):
            assert len(asked[column]) == 3, column
    asked = models.asked["take"].columns
    assert asked["genres"].tolist() == ["crime", "love", "crime"]
    assert set(asked["member_id"]) == {"m1"}
    assert np.isnan(asked["dwell_ms"]).all()


genre_sets = st.frozensets(st.sampled_from(["crime", "love", "war"]))


@given(
    titles=st.lists(st.tuples(st.floats(-1, 1, width=32), genre_sets), max_size=12),
    most=st.integers(1, 12),
    diversity=st.sampled_from([0.0, 0.3, 1.0]),
)
def test_each_next_title_is_the_best_less_its_likeness_to_those_above(
    titles: list[tuple[float, frozenset[str]]], most: int, diversity: float
) -> None:
    scores = np.array([score for score, _ in titles], float)
    genres = [of for _, of in titles]
    places, taken_off = diverse(scores, genres, most, diversity)
    assert len(places) == len(set(places)) == min(most, len(titles))
    spread = max(scores, default=0.0) - min(scores, default=0.0)
    above: list[int] = []
    for place, off in zip(places, taken_off, strict=True):
        lost = {
            n: diversity * spread * likest(genres[n], [genres[a] for a in above]) for n in range(len(titles))
        }
        assert off == pytest.approx(lost[place])
        left = [scores[n] - lost[n] for n in range(len(titles)) if n not in above]
        assert scores[place] - off == pytest.approx(max(left))
        above.append(place)


def likest(one: frozenset[str], others: list[frozenset[str]]) -> float:
    return max((len(one & o) / len(one | o) if one | o else 0.0 for o in others), default=0.0)
