"""Features: `FeatureReader(redis).read(view, entities)`; whom to leave out: `flags(redis, members)`."""

from serving.answer import Features
from serving.flagged import flags
from serving.reader import FeatureReader

__all__ = ["FeatureReader", "Features", "flags"]
