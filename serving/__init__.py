"""Reading features: `FeatureReader(redis).read(view, entities)`."""

from serving.answer import Features
from serving.reader import FeatureReader

__all__ = ["FeatureReader", "Features"]
