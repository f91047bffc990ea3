"""Features become the same places everywhere, as a naive reading says, however odd the examples are."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from online_models.catalog import MODELS
from online_models.declaration import Declaration
from online_models.encoding import Bias, encode
from online_models.examples import Examples
from online_models.features import Bucket, Category, Cross, Each, HourOfDay, Logit, Number
from online_models.tokens import tokens

pytestmark = pytest.mark.unit

FEATURES = (
    Category("device"),
    Category("country", ("US", "BR")),
    Number("dwell", scale=10.0, log=True, clip=3.0),
    Bucket("row", (0, 1, 5)),
    HourOfDay(),
    Each("genres", most=2),
    Cross(Each("genres", most=2), Bucket("row", (0, 1, 5))),
    HourOfDay("dwell"),
    Each("genres", most=2, mean=True),
    Logit("row", clip=3.0),
)
TEXTS, NUMBERS = ("device", "country", "genres"), ("dwell", "row")
texts = st.none() | st.text(max_size=6) | st.sampled_from(["US", "a,b", "a,b,c", ",", "\ud800"])
numbers = st.none() | st.floats() | st.sampled_from([0.0, 1.0, 4.9, 5.0, -3.0])
rows = st.lists(
    st.tuples(
        st.integers(0, 10**14), st.text(max_size=3), st.integers(0, 1), texts, texts, texts, numbers, numbers
    )
)


def naive(time: int, device: Any, country: Any, genres: Any, dwell: Any, row: Any) -> list[tuple[Any, float]]:
    """What a row says, and how much: None where there is nothing."""
    value = 0.0 if dwell is None or math.isnan(dwell) else min(math.log1p(max(dwell / 10.0, 0.0)), 3.0)
    nothing = row is None or math.isnan(row)
    bucket = "none" if nothing else max((b for b in (0, 1, 5) if b <= row), default=0)
    parts = [part for part in (genres or "").split(",") if part][:2]
    padded = [*parts, *[None] * (2 - len(parts))]
    ahead_min = 0 if dwell is None or math.isnan(dwell) else int(min(max(dwell, -1_440), 1_440))
    chance = 0.0 if nothing else min(max(row, 0.0), 1.0)
    odds = 3.0 if chance == 1 else -3.0 if chance == 0 else math.log(chance / (1 - chance))
    return [
        ("bias", 1.0),
        (("device", device), 1.0),
        (("country", country if country in ("US", "BR") else "other"), 1.0),
        ("dwell", value),
        (("row", bucket), 1.0),
        (("hour", time // 3_600_000 % 24), 1.0),
        *((part and ("genre", part), float(part is not None)) for part in padded),
        *((part and ("genre", part, bucket), float(part is not None)) for part in padded),
        (("hour", (time + ahead_min * 60_000) // 3_600_000 % 24), 1.0),
        *((part and ("genre", part), float(part is not None) / max(len(parts), 1)) for part in padded),
        ("unknown", 1.0) if nothing else ("odds", min(max(odds, -3.0), 3.0)),
    ]


@given(rows)
@settings(max_examples=40, deadline=None)
def test_the_same_is_said_in_the_same_place_and_nothing_else_is(made: list[tuple[Any, ...]]) -> None:
    examples = Examples.of(made, TEXTS, NUMBERS)
    encoded = encode((Bias(), *FEATURES), examples, bits=30)
    ordered = sorted(made, key=lambda row: (row[0], row[1]))
    expected = [naive(time, *rest) for time, _, _, *rest in ordered]
    assert encoded.value.tolist() == [pytest.approx([value for _, value in row]) for row in expected]
    where: dict[Any, int] = {}
    for said, places in zip(expected, encoded.index.tolist(), strict=True):
        for (what, _), place in zip(said, places, strict=True):
            assert what is None or where.setdefault(what, place) == place
    assert len(set(where.values())) == len(where), "of so few no two share one of 2**30 places"


@pytest.mark.parametrize("bits", [1, 8, 16])
def test_no_more_places_than_declared(bits: int) -> None:
    columns = {"device": np.array([f"odd{n}" for n in range(3_000)], object)}
    examples = Examples(np.zeros(3_000, np.int64), np.zeros(3_000), columns)
    places = encode([Category("device")], examples, bits).index
    assert 0 <= places.min() <= places.max() < 2**bits
    used = len(np.unique(places))
    assert used > 0.9 * min(2**bits, 2**bits * (1 - math.exp(-3_000 / 2**bits))), "spread as if by chance"


def test_hashes_are_those_of_every_process() -> None:
    """Pinned: with other hashes a state would be read wrongly."""
    code = "from online_models.tokens import tokens; print(tokens(['tv', 'ü', '', None]).tolist())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    pinned = [5210656840603335110, 13428155810733691843, 6463761977805733368, 2**64 - 1]
    assert told == f"{tokens(['tv', 'ü', '', None]).tolist()}\n"
    assert tokens(["tv", "ü", "", None]).tolist() == pinned


@pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
def test_features_and_caps_read_what_the_model_declares_and_its_outcomes_tell(model: Declaration) -> None:
    numbers = tuple(bound.column for bound in model.numbers)
    known = tuple(of.name for of in model.known)
    assert len(model.learner.start().predict(Examples.of([], model.texts, (*numbers, *known)))) == 0
    assert {cap.column for cap in model.caps} <= {*model.texts} <= {*model.outcome.texts}
    assert {*numbers} <= {*model.outcome.numbers}
