"""Reading features: `FeatureReader(redis).read(view, entities)`."""

from serving.reader import FeatureReader, Features

__all__ = ["FeatureReader", "Features"]
