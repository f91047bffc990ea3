"""The online models of the catalogue, as rankers."""

from __future__ import annotations

from headwater.experiments.rankers import Ranker
from online_models.catalog import MODELS
from online_models.model import OnlineModel


def learnt(name: str) -> Ranker:
    """A model of the catalogue that has learnt nothing yet."""
    return OnlineModel(MODELS[name])
