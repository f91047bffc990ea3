"""Real people: MovieLens in the order of its times. Will a movie that is rated get four stars or more?

Every rating is predicted from those before it, by all alike; then they are told of it. The data stands beside
the repository, for its licence (https://grouplens.org/datasets/movielens/): without it nothing is told.
"""

from __future__ import annotations

import csv
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from river import linear_model, optim, reco

from headwater.errors import HeadwaterError
from headwater.experiments.learnt import learnt
from headwater.experiments.rankers import Popularity, Ranker
from headwater.experiments.replay import predictions
from headwater.experiments.stream import KNOWN, NUMBERS, TEXTS, Outcomes
from headwater.traffic.ratings import Rating, read_ratings
from online_models.catalog import COMPLETION
from online_models.examples import Examples, Numbers
from online_models.measures.exact import auc
from online_models.model import OnlineModel
from schemas.titles import SEPARATOR
from tests.bench.figure import Plan, Row
from tests.bench.peers.environment import told_by
from tests.bench.servers import ROOT

FOLDER = ROOT.parent / "shared/data/movielens"
GOOD = 4.0
#: All are told each second what was rated in the one before.
_STEP_MS = 1_000


class Matrix:
    """A factorisation of river, which is told 1 for good and 0 for not."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def predict(self, examples: Examples) -> Numbers:
        """What it makes of each pair; any number."""
        return np.array([self._model.predict_one(user, item) for user, item in _pairs(examples)], float)

    def learn(self, examples: Examples) -> None:
        """One after the other."""
        for (user, item), label in zip(_pairs(examples), examples.label.tolist(), strict=True):
            self._model.learn_one(user, item, label)


class OneHot:
    """Logistic regression of river over one-hot users and items."""

    def __init__(self, rate: float) -> None:
        self._model = linear_model.LogisticRegression(optim.SGD(rate), intercept_lr=rate)

    def predict(self, examples: Examples) -> Numbers:
        """Probabilities."""
        told = (dict.fromkeys(pair, 1.0) for pair in _pairs(examples))
        return np.array([self._model.predict_proba_one(x)[True] for x in told], float)

    def learn(self, examples: Examples) -> None:
        """One after the other."""
        for pair, label in zip(_pairs(examples), examples.label.tolist(), strict=True):
            self._model.learn_one(dict.fromkeys(pair, 1.0), bool(label))


class Liked:
    """What share of a title's ratings was good, leaning to a half by the weight of five ratings."""

    def __init__(self) -> None:
        self._many, self._good = Counter[str](), Counter[str]()

    def predict(self, examples: Examples) -> Numbers:
        """The shares."""
        titles = examples.columns["title_id"].tolist()
        return np.array([(self._good[t] + 2.5) / (self._many[t] + 5) for t in titles])

    def learn(self, examples: Examples) -> None:
        """Count."""
        self._many.update(examples.columns["title_id"].tolist())
        self._good.update(examples.columns["title_id"][examples.label > 0].tolist())


#: Ours as it is declared, and without its caps: people rate more in ten minutes than anybody can watch.
#: River's with the rates (0.01 to 0.4), factors (5, 20) and penalties (0 to 0.1) that served each best here.
CONTENDERS: dict[str, Callable[[], Ranker]] = {
    "popularity: ratings of the title": Popularity,
    "popularity: good share of the title": Liked,
    "river: BiasedMF": lambda: Matrix(
        reco.BiasedMF(5, optim.SGD(0.05), optim.SGD(0.05), l2_bias=0.01, l2_latent=0.1, seed=7)
    ),
    "river: FunkMF": lambda: Matrix(reco.FunkMF(5, optim.SGD(0.05), l2=0.02, seed=7)),
    "river: LogisticRegression": lambda: OneHot(0.2),
    "ours: completion": lambda: learnt("completion"),
    "ours: completion, however much one tells": lambda: OnlineModel(replace(COMPLETION, caps=())),
}


def movielens(_: Plan) -> Iterator[Row]:
    """AUC of all ratings after the first tenth, and of the last half; CPU of predicting and learning."""
    if not FOLDER.exists():
        yield Row("MovieLens is not beside the repository", "void", 0.0)
        return
    outcomes = rated(FOLDER)
    yield Row("ratings", "ratings", len(outcomes))
    for name, start in CONTENDERS.items():
        began_s = time.process_time()
        scores = predictions(outcomes, start(), 0, _STEP_MS)
        spent_s = time.process_time() - began_s
        yield from _figures(name, scores, outcomes)
        yield Row(f"{name}: CPU", "µs/rating", spent_s / len(outcomes) * 1e6)
    try:
        yield from _figures("implicit: ALS, trained anew each day", daily(outcomes), outcomes)
    except HeadwaterError as error:
        yield Row(f"implicit: {error.problem}", "void", 0.0)


def rated(folder: Path, limit: int | None = None) -> Outcomes:
    """Every rating as an example: its label is known at once."""
    with (folder / "movies.csv").open(encoding="utf-8", newline="") as file:
        genres = {int(row["movieId"]): row["genres"].replace("|", SEPARATOR) for row in csv.DictReader(file)}
    ratings, _ = read_ratings(folder / "ratings.csv", limit)
    examples = Examples.of((_example(r, genres) for r in ratings), texts=TEXTS, numbers=(*NUMBERS, *KNOWN))
    nothing = np.full(len(examples), np.nan)
    # Known when it was rated: told from the next second on, as the steps begin with whole ones.
    return Outcomes(examples, nothing, examples.event_time_ms + 1.0, np.arange(len(examples), dtype=float))


def _example(rating: Rating, genres: dict[int, str]) -> tuple[Any, ...]:
    member, title = f"m{rating.user}", f"t{rating.movie}"
    told = {"member_id": member, "profile_id": member, "title_id": title, "genres": genres.get(rating.movie)}
    # Completion learns of nobody whose place or runtime was not told.
    columns = [*map(told.get, TEXTS), *[0.0] * len(NUMBERS), *[None] * len(KNOWN)]
    return (rating.at_s * 1_000, f"{rating.user:09}-{rating.movie}", float(rating.stars >= GOOD), *columns)


def daily(outcomes: Outcomes) -> Numbers:
    """The scores of a model in an environment of its own, which knows each day of the days before."""
    told = {
        "day": (outcomes.examples.event_time_ms // 86_400_000).tolist(),
        "user": np.unique(outcomes.examples.columns["member_id"].astype(str), return_inverse=True)[
            1
        ].tolist(),
        "item": np.unique(outcomes.examples.columns["title_id"].astype(str), return_inverse=True)[1].tolist(),
        "label": outcomes.examples.label.tolist(),
    }
    with tempfile.NamedTemporaryFile("w", prefix="headwater-movielens-", suffix=".json") as file:
        json.dump(told, file)
        file.flush()
        return np.array(told_by("implicit", file.name), float)


def _figures(name: str, scores: Numbers, outcomes: Outcomes) -> Iterator[Row]:
    label, n = outcomes.examples.label, len(outcomes)
    for part, start in (("after the first tenth", n // 10), ("the last half", n // 2)):
        yield Row(f"{name}: AUC, {part}", "", auc(scores[start:], label[start:]))


def _pairs(examples: Examples) -> Iterator[tuple[str, str]]:
    return zip(*(examples.columns[name].tolist() for name in ("member_id", "title_id")), strict=True)
