"""What a benchmark gives: rows of a figure, its unit and its value; and the plan that it follows."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import NamedTuple

import numpy as np
import psutil

_PACKAGES = ("apache-flink", "confluent-kafka", "fastavro", "numpy", "polars", "pyarrow", "pyruhvro", "redis")


class Row(NamedTuple):
    """One line of the result."""

    figure: str
    unit: str
    value: float


def percentiles(what: str, unit: str, values: Sequence[float]) -> Iterator[Row]:
    """The median of some, and what 99 of 100 are at most."""
    for percent in (50, 99):
        yield Row(f"{what}: p{percent}", unit, float(np.percentile(values, percent)))


@dataclass(frozen=True)
class Plan:
    """How much to measure: events of the race, rates and seconds of the freshness runs."""

    events: int
    rates_per_s: tuple[int, ...]
    seconds: int
    mini_batches_ms: tuple[int, ...]


def machine() -> dict[str, str]:
    """Where and when: a figure means nothing without."""
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "")
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": f"{psutil.cpu_count()} x {model or platform.processor()}",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "load": " ".join(f"{load:.1f}" for load in psutil.getloadavg()),
        "python": platform.python_version(),
        **{package: version(package) for package in _PACKAGES},
    }


def cpu_us(work: Callable[[], object], events: int, seconds: float = 0.5) -> float:
    """CPU-µs of this process an event, where one call of `work` treats that many; the first call is apart."""
    work()
    calls, began_s = 0, time.process_time()
    while (took_s := time.process_time() - began_s) < seconds:
        work()
        calls += 1
    return took_s / calls / events * 1e6
