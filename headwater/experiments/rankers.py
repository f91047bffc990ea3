"""What is compared: popularity, rates that are counted, and the models that learn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from math import log
from typing import Protocol

import numpy as np

from online_models.examples import Examples, Numbers
from schemas.titles import SEPARATOR
from schemas.topics import MINUTE_MS


class Ranker(Protocol):
    """Tells how likely each example is to come true, from those that it was told of before."""

    def predict(self, examples: Examples) -> Numbers:
        """A score for each, the higher the likelier."""

    def learn(self, examples: Examples) -> object:
        """Take in what came of these."""


class Popularity:
    """How often a title came true so far: the same for everybody."""

    def __init__(self) -> None:
        self._plays = Counter[str]()

    def predict(self, examples: Examples) -> Numbers:
        """Times."""
        return np.array([self._plays[title] for title in examples.columns["title_id"]], float)

    def learn(self, examples: Examples) -> None:
        """Count."""
        self._plays.update(examples.columns["title_id"][examples.label > 0].tolist())


class Rates:
    """What features alone tell: of late, how often this title came true, and this genre with this profile.

    Rates fade with time, by half in `half_ms`, and lean to that of all examples by `_PRIOR` examples' weight.
    The score is a sum of log-odds, as of independent signs (naive Bayes).
    """

    _PRIOR = 10.0

    def __init__(self, half_ms: float = 30 * MINUTE_MS) -> None:
        self._half_ms = half_ms
        self._counts: dict[Hashable, tuple[float, float, float]] = {}

    def predict(self, examples: Examples) -> Numbers:
        """Log-odds, but for a constant."""
        return np.array([self._score(keys) for keys in _keys(examples)])

    def learn(self, examples: Examples) -> None:
        """Count."""
        told = zip(_keys(examples), examples.label.tolist(), examples.event_time_ms.tolist(), strict=True)
        for keys, label, at_ms in told:
            for key in (None, *keys):
                many, true, before_ms = self._counts.get(key, (0.0, 0.0, at_ms))
                fade = 0.5 ** (max(0, at_ms - before_ms) / self._half_ms)
                self._counts[key] = many * fade + 1, true * fade + label, max(at_ms, before_ms)

    def _score(self, keys: list[Hashable]) -> float:
        many, true, _ = self._counts.get(None, (0.0, 0.0, 0.0))
        base = (true + 1) / (many + 4)
        of_title, *of_genres = (self._log_odds(key, base) for key in keys)
        return of_title + (sum(of_genres) / len(of_genres) if of_genres else 0.0)

    def _log_odds(self, key: Hashable, base: float) -> float:
        many, true, _ = self._counts.get(key, (0.0, 0.0, 0.0))
        share = (true + self._PRIOR * base) / (many + self._PRIOR)
        return log(share / (1 - share)) - log(base / (1 - base))


def _keys(examples: Examples) -> Iterator[list[Hashable]]:
    columns = (examples.columns[name].tolist() for name in ("title_id", "profile_id", "genres"))
    for title, profile, genres in zip(*columns, strict=True):
        yield [title, *((profile, genre) for genre in (genres or "").split(SEPARATOR))]
