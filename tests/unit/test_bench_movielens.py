"""The bench of real people: ratings become examples in their order, and all contenders are told alike."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest

from headwater.experiments.replay import predictions
from online_models.examples import Examples, Numbers
from online_models.measures.exact import auc
from tests.bench.figure import Plan
from tests.bench.movielens import CONTENDERS, movielens, rated

pytestmark = pytest.mark.unit

MOVIES = "movieId,title,genres\n" + "".join(
    f'{n},"Movie, {n}",{"Crime|Drama" if n % 2 else "(no genres listed)"}\n' for n in range(20)
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Thirty people of whom a third like anything, and twenty movies of which a half is good."""
    rng, rows = Random(1), []
    for at_s in range(3_000):
        user, movie = rng.randrange(30), rng.randrange(20)
        good = rng.random() < 0.1 + 0.4 * (user % 3 == 0) + 0.4 * (movie < 10)
        rows.append(
            f"{user},{movie},{rng.choice([4, 4.5, 5]) if good else rng.choice([0.5, 3, 3.5])},{at_s // 2}"
        )
    rng.shuffle(rows)
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + "\n".join(rows) + "\n")
    (tmp_path / "movies.csv").write_text(MOVIES)
    return tmp_path


def test_ratings_are_examples_in_the_order_of_their_times(folder: Path) -> None:
    outcomes = rated(folder)
    told = outcomes.examples
    assert len(told) == 3_000
    assert (np.diff(told.event_time_ms) >= 0).all()
    assert told.label.mean() == pytest.approx(0.1 + 0.4 / 3 + 0.2, abs=0.05)
    titles, genres = told.columns["title_id"], told.columns["genres"]
    assert dict(zip(titles, genres, strict=True)) == {
        f"t{n}": "Crime,Drama" if n % 2 else "(no genres listed)" for n in range(20)
    }


class Spy:
    """Remembers the newest that it was told."""

    newest_ms = -1

    def predict(self, examples: Examples) -> Numbers:
        assert self.newest_ms < examples.event_time_ms.min() // 1_000 * 1_000
        return np.zeros(len(examples))

    def learn(self, examples: Examples) -> None:
        self.newest_ms = int(examples.event_time_ms.max())


def test_nobody_is_told_of_the_second_that_is_predicted_and_all_of_those_before(folder: Path) -> None:
    spy = Spy()
    outcomes = rated(folder)
    predictions(outcomes, spy, 0, 1_000)
    assert spy.newest_ms == outcomes.examples.event_time_ms.max() - 1_000


@pytest.mark.parametrize("name", CONTENDERS)
def test_a_contender_learns(name: str, folder: Path) -> None:
    outcomes = rated(folder)
    scores = predictions(outcomes, CONTENDERS[name](), 0, 1_000)
    assert np.isfinite(scores).all()
    label = outcomes.examples.label
    least = {"popularity: ratings of the title": 0.5, "popularity: good share of the title": 0.65}
    assert auc(scores[1_500:], label[1_500:]) > least.get(name, 0.7)


def test_without_the_data_that_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tests.bench.movielens.FOLDER", tmp_path / "none")
    (row,) = movielens(Plan(0, (), 0, ()))
    assert row.unit == "void"
