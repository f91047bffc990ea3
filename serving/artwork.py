"""With which artwork to show titles, by the newest model of it."""

from __future__ import annotations

import numpy as np

from online_models.bandit import Arms, Chosen
from online_models.catalog import ARTWORK
from online_models.examples import Examples
from serving.model_reader import ModelReader


def choose_artwork(
    reader: ModelReader, contexts: Examples, rng: np.random.Generator, now_ms: int | None = None
) -> Chosen:
    """A style for each title and profile, and the propensity to log with its hover.

    While nothing is published any style is as likely. Reads the columns `profile_id`, `device_type`,
    `genres` and `row`. Raises as `ModelReader.predict`.
    """
    learner = reader.learner(ARTWORK.name, now_ms) or ARTWORK.learner.start()
    assert isinstance(learner, Arms)
    return learner.choose(contexts, rng)
