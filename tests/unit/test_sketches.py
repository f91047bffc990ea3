"""The sketches beside those of Apache DataSketches, on the same data and in no less room."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from random import Random

import datasketches
import numpy as np
import pytest

from tests.lists import TILES, bucketed, distinct, layout_of, quantile, read

pytestmark = pytest.mark.unit

KEEP = 64
QUANTILES = (0.5, 0.9, 0.99, 0.999)
WORSE = 1.5


def rms(errors: Sequence[float]) -> float:
    return float(np.sqrt(np.mean(np.square(errors))))


def ours(names: list[str]) -> float:
    """Half of the names in two tiles."""
    rows = [(TILES[i % 4], name, 1) for i, name in enumerate(names)]
    rows += [(TILES[(i + 1) % 4], name, 1) for i, name in enumerate(names[: len(names) // 2])]
    return float(read(distinct(KEEP), rows)["distinct"][0])


def theta(names: list[str]) -> float:
    """The union of the same four sketches, each of KEEP hashes."""
    union = datasketches.theta_union(lg_k=int(math.log2(KEEP)))
    for tile in range(4):
        sketch = datasketches.update_theta_sketch(lg_k=int(math.log2(KEEP)))
        for i, name in enumerate(names):
            if i % 4 == tile or (i < len(names) // 2 and (i + 1) % 4 == tile):
                sketch.update(name)
        sketch.trim()
        assert len(sketch.compact().serialize()) >= layout_of(distinct(KEEP)).dtype.itemsize
        union.update(sketch)
    return float(union.get_result().get_estimate())


def hll(names: list[str]) -> float:
    """HyperLogLog in the same room, whose registers are no list, and which is never exact."""
    sketch = datasketches.hll_sketch(9, datasketches.HLL_8)
    for name in names:
        sketch.update(name)
    return float(sketch.get_estimate())


@pytest.mark.parametrize("n", [600, 5_000])
def test_the_number_of_different_items_is_as_near_as_a_theta_sketch(n: int) -> None:
    """Both keep as many hashes; HyperLogLog is told beside them. Errors are over 40 seeds."""
    errors = {}
    for name, count in (("ours", ours), ("theta", theta), ("hll", hll)):
        found = [count([f"{seed}-{i}" for i in range(n)]) / n - 1 for seed in range(40)]
        errors[name] = rms(found)
    standard = 1 / math.sqrt(KEEP - 2)
    print(f"{n} items, {KEEP} hashes: {errors}, stated {standard:.3f}")
    assert errors["ours"] < 1.25 * standard
    assert errors["ours"] < WORSE * errors["theta"]


def kll(values: list[float], size_bytes: int) -> list[float]:
    """What a KLL sketch tells that takes as much room, or a little more."""
    for k in range(64, 2_048, 32):
        sketch = datasketches.kll_doubles_sketch(k)
        sketch.update(np.array(values))
        if len(sketch.serialize()) >= size_bytes:
            break
    return [sketch.get_quantile(q) for q in QUANTILES]


#: Data, and how many times the error of KLL is allowed. KLL's is one of ranks, so it is nearer where values
#: lie evenly, and far off in long tails, such as those of waits and of throughput.
SPREAD: dict[str, tuple[Callable[[Random], float], float]] = {
    "log-normal": (lambda rng: rng.lognormvariate(7, 1.5), WORSE),
    "heavy tail": (lambda rng: 1_000 * rng.paretovariate(1.2), WORSE),
    "even": (lambda rng: rng.uniform(1_000, 100_000), 2 * WORSE),
}


@pytest.mark.parametrize("spread", SPREAD)
def test_quantiles_are_as_near_as_those_of_a_kll_sketch(spread: str) -> None:
    """By the relative error of the value, over all quantiles and 5 seeds; one tile, so that room is alike."""
    make, worse = SPREAD[spread]
    feature = quantile(*QUANTILES)
    size_bytes = layout_of(feature).dtype.itemsize
    errors: dict[str, list[float]] = {"ours": [], "kll": []}
    for seed in range(5):
        draw = partial(make, Random(seed))
        values = [min(max(draw(), 1.0), 1e6) for _ in range(10_000)]
        order = sorted(values)
        exact = [order[math.floor(q * (len(order) - 1))] for q in QUANTILES]
        found = read(feature, bucketed(feature, [(TILES[0], value) for value in values]))
        told = [("ours", [float(found[name][0]) for name in feature.value_names])]
        # By chances that nobody can seed, so that a few of them say little.
        told += [("kll", kll(values, size_bytes)) for _ in range(10)]
        for name, each in told:
            errors[name] += [abs(one - true) / true for one, true in zip(each, exact, strict=True)]
    print(f"{spread}, {size_bytes} bytes: { ({name: rms(each) for name, each in errors.items()}) }")
    assert max(errors["ours"]) <= feature.error * (1 + 1e-9)
    assert rms(errors["ours"]) < worse * rms(errors["kll"])
