"""Features: `FeatureReader(redis).read(view, entities)`; whom to leave out: `flags(redis, members)`; what
models say: `ModelReader(store).predict(model, examples)`, of examples with what is `known` of them; which
artwork: `choose_artwork(reader, contexts, rng)`."""

from serving.answer import Features
from serving.artwork import choose_artwork
from serving.async_reader import AsyncFeatureReader
from serving.flagged import flags
from serving.look_up import known
from serving.model_reader import ModelReader
from serving.reader import FeatureReader
from serving.resilient import ResilientReader

__all__ = [
    "AsyncFeatureReader",
    "FeatureReader",
    "Features",
    "ModelReader",
    "ResilientReader",
    "choose_artwork",
    "flags",
    "known",
]
