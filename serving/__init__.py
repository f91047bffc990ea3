"""Features: `FeatureReader(redis).read(view, entities)`; whom to leave out: `flags(redis, members)`; what
models say: `ModelReader(store).predict(model, examples)`."""

from serving.answer import Features
from serving.flagged import flags
from serving.model_reader import ModelReader
from serving.reader import FeatureReader

__all__ = ["FeatureReader", "Features", "ModelReader", "flags"]
