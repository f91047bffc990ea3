"""Online learners, as rankers."""

from __future__ import annotations

import numpy as np

from headwater.experiments.rankers import Ranker
from online_models.example import Example
from online_models.examples import Examples, Numbers
from online_models.learner import Logistic
from schemas.titles import SEPARATOR


def learnt(_: str) -> Ranker:
    """A logistic regression of who, what and where that has learnt nothing yet."""
    return _Logistic()


class _Logistic:
    def __init__(self) -> None:
        self._learner = Logistic()

    def predict(self, examples: Examples) -> Numbers:
        return np.array([self._learner.predict(example.features) for example in _each(examples)])

    def learn(self, examples: Examples) -> None:
        self._learner.learn(_each(examples))


def _each(examples: Examples) -> list[Example]:
    texts = ("title_id", "member_id", "genres", "device_type")
    columns = (examples.columns[name].tolist() for name in (*texts, "row", "rank"))
    told = zip(examples.event_time_ms.tolist(), examples.label.tolist(), *columns, strict=True)
    return [Example(at_ms, _features(*of), bool(label)) for at_ms, label, *of in told]


def _features(title: str, member: str, genres: str, device: str, row: float, rank: float) -> dict[str, float]:
    named = [title, member, device, *(f"{member} {genre}" for genre in genres.split(SEPARATOR))]
    places = {} if np.isnan(row) else {"row": row / 10, "rank": rank / 10}
    return dict.fromkeys(named, 1.0) | places
