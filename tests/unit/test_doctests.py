"""Every example in a docstring does what it shows."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

pytestmark = pytest.mark.unit

PACKAGES = ("schemas", "validators", "features", "online_models", "sinks", "serving", "headwater")
#: Of flink_jobs what does not import pyflink, which takes seconds.
MODULES = [
    module.name
    for package in PACKAGES
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
    if not module.name.endswith("__main__")
] + ["flink_jobs.options", "flink_jobs.script", "flink_jobs.kafka_tables", "flink_jobs.arrivals"]
MODULES += ["tests.bench.learnt", "tests.bench.plot", "tests.bench.workers"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
