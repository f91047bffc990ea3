"""The laws of the algebra, over every aggregate of the catalogue."""

from __future__ import annotations

import re
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.aggregate import DERIVED, Feature
from features.derived import Rate, Velocity
from features.extremes import First, Last, LastNumber
from features.offline.dialect import connect
from features.partial import Array, Partial, truncate_utf8
from features.sums import Sum
from features.view import View
from serving import FeatureReader
from sinks.memory import MemoryTiles
from tests.gallery import EVERY, GALLERY, TAKEN
from tests.reading import NOW_MS, event
from tests.tiles import write_all

pytestmark = pytest.mark.unit

EACH_STORED = [pytest.param(f, id=f"{v.name}-{f.name}") for v in EVERY.values() for f in v.stored]
PARTIALS = {f"{v.name}-{p.name}": p for v in EVERY.values() for p in v.partials}
RATES = [(v, f) for v in EVERY.values() for f in v.features if isinstance(f, Rate)]
VELOCITIES = [(v, f) for v in EVERY.values() for f in v.features if isinstance(f, Velocity)]
partials = pytest.mark.parametrize("partial", PARTIALS.values(), ids=PARTIALS)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


DATABASE = connect()
#: How old the tiles of a law are, in ms: with one for every tile.
AGES = st.integers(-60_000, 10**8)


@st.composite
def tiles(draw: st.DrawFn, partial: Partial) -> Array:
    """Some tiles of one entity; no two have an event in common, so their times differ."""
    match partial.merge:
        case "sum" | "decay":
            numbers = st.integers(0, 2**32 - 1) if partial.dtype == "<u4" else st.integers(-(2**40), 2**40)
            return np.array(draw(st.lists(numbers, max_size=8)), dtype=partial.dtype)
        case "min" | "max":
            values = st.none() | st.floats(allow_nan=False)
            return partial.from_sql(np.array(draw(st.lists(values, max_size=8)), dtype=object))
    times = draw(st.lists(st.integers(1, 2**45), max_size=8, unique=True))
    return partial.from_sql(np.array([f"{at:015}{draw(texts)}" for at in times], dtype=object))


def merged(partial: Partial, found: Array, inside: Any = True, age_ms: Any = 0) -> Array:
    """The tiles of one entity, merged."""
    mask = np.broadcast_to(np.asarray(inside, dtype=np.bool_), found.shape)
    ages = np.broadcast_to(np.asarray(age_ms, dtype=np.int64), found.shape)
    padded = np.append(found, np.zeros(1, dtype=found.dtype))
    result: Array = partial.merge_tiles(padded[None], np.append(mask, False)[None], np.append(ages, 0)[None])
    return result


def same(one: Array, other: Array) -> bool:
    """Nothing is nothing, and sums of floats may differ in their last digits."""
    if one.dtype.kind == "f":
        return bool(np.allclose(one, other, rtol=1e-12, atol=1e-3, equal_nan=True))
    return bool((one == other).all())


def nothing_in(partial: Partial) -> Array:
    """A tile in which there was nothing of it."""
    return partial.from_sql(np.array([None if partial.merge in ("min", "max", "first", "last") else 0]))


def ages_of(data: st.DataObject, found: Array) -> Array:
    """How old each tile is."""
    return np.array(data.draw(st.lists(AGES, min_size=len(found), max_size=len(found))), dtype=np.int64)


@partials
@given(data=st.data())
def test_tiles_merge_in_any_grouping_and_order(partial: Partial, data: st.DataObject) -> None:
    found = data.draw(tiles(partial))
    ages_ms = ages_of(data, found)
    cut = data.draw(st.integers(0, len(found)))
    order = np.array(data.draw(st.permutations(range(len(found)))), dtype=np.intp)
    whole = merged(partial, found, True, ages_ms)
    parts = [merged(partial, found[of], True, ages_ms[of]) for of in (slice(cut), slice(cut, None))]
    # What has decayed to one time adds up.
    in_two = sum(parts) if partial.merge == "decay" else merged(partial, np.concatenate(parts))
    assert same(in_two, whole)
    assert same(merged(partial, found[order], True, ages_ms[order]), whole)


@partials
@given(data=st.data())
def test_what_is_outside_the_window_or_empty_changes_nothing(partial: Partial, data: st.DataObject) -> None:
    found = data.draw(tiles(partial))
    ages_ms = ages_of(data, found)
    inside = np.array(data.draw(st.lists(st.booleans(), min_size=len(found), max_size=len(found))), np.bool_)
    empty = nothing_in(partial)
    assert same(
        merged(partial, found, inside, ages_ms), merged(partial, found[inside], True, ages_ms[inside])
    )
    with_empty = merged(partial, np.concatenate([empty, found, empty]), True, [0, *ages_ms, 0])
    assert same(with_empty, merged(partial, found, True, ages_ms))


@partials
@given(data=st.data())
def test_entities_merge_apart(partial: Partial, data: st.DataObject) -> None:
    found = data.draw(tiles(partial))
    empty = np.repeat(nothing_in(partial), len(found))
    if len(found):
        ages_ms = ages_of(data, found)
        inside = np.ones((2, len(found)), dtype=np.bool_)
        both = partial.merge_tiles(np.stack([found, empty]), inside, np.stack([ages_ms, ages_ms]))
        assert same(both[:1], merged(partial, found, True, ages_ms))
        assert same(both[1:], merged(partial, empty, True, ages_ms))


@given(count=st.integers(1, 10**6), age_ms=st.integers(0, 10**6), half_life_ms=st.integers(10**3, 10**7))
def test_what_decays_halves_with_every_half_life(count: int, age_ms: int, half_life_ms: int) -> None:
    partial = Partial("decayed", "<i8", "", "decay", half_life_ms)
    found = np.array([count], dtype="<i8")
    (now,), (later,) = (merged(partial, found, True, age) for age in (age_ms, age_ms + half_life_ms))
    assert later == pytest.approx(now / 2)


@partials
def test_sums_do_not_wrap(partial: Partial) -> None:
    if partial.merge == "sum":
        most = np.iinfo(partial.dtype).max // (1 if partial.dtype == "<u4" else 4)
        assert merged(partial, np.array([most] * 3, dtype=partial.dtype)) == 3 * int(most)


@pytest.mark.parametrize("feature", EACH_STORED)
def test_nothing_is_zero_empty_or_not_a_number(feature: Any) -> None:
    nothing = {p.name: merged(p, np.zeros(0, dtype=p.numpy_dtype())) for p in feature.partials()}
    (value,) = feature.finalize(nothing).tolist()
    assert not isinstance(feature, DERIVED)
    assert value in (0, "") or np.isnan(value)


@pytest.mark.parametrize("feature", [p for p in EACH_STORED if isinstance(p.values[0], First | Last)])
@given(written=st.lists(texts | st.sampled_from(["tv", "phone"]), max_size=6))
def test_a_text_is_read_as_it_was_written_be_it_ascii_or_not(
    feature: First | Last, written: list[str]
) -> None:
    (partial,) = feature.partials()
    stored = partial.from_sql(np.array([f"{1:015}{text}" for text in written], dtype=object))
    found = feature.finalize({feature.name: stored})
    assert found.dtype.kind == "U"
    assert found.tolist() == [truncate_utf8(text, feature.size_bytes).decode() for text in written]


@given(number=st.floats(allow_nan=False) | st.integers(-(2**63), 2**63 - 1))
def test_any_number_is_read_as_it_was_written(number: float) -> None:
    feature = LastNumber("last", of="dwell_ms")
    (partial,) = feature.partials()
    stored = partial.from_sql(np.array([f"{1:015}{number!r}"], dtype=object))
    assert feature.finalize({"last": stored}).tolist() == [float(number)]


@given(number=st.floats(allow_nan=False), size_bytes=st.integers(1, 24))
def test_a_number_is_read_as_it_was_written_or_left_out_but_never_cut(number: float, size_bytes: int) -> None:
    feature = LastNumber("last", of="score", size_bytes=size_bytes)
    (partial,) = feature.partials()
    score = f"SELECT 1 AS event_time, '{number!r}'::DOUBLE AS score"
    (told,) = DATABASE.execute(f"SELECT {partial.sql} FROM ({score})").fetchall()
    (found,) = feature.finalize({"last": partial.from_sql(np.array(told, dtype=object))}).tolist()
    assert found == number or (size_bytes < len(repr(number)) and np.isnan(found))


@pytest.mark.parametrize(("view", "rate"), RATES)
@given(top=st.integers(0, 10**9), bottom=st.integers(0, 10**9))
def test_a_rate_lies_between_its_prior_and_its_evidence(
    view: View, rate: Rate, top: int, bottom: int
) -> None:
    (found,) = rate.derive({rate.numerator: np.array([top]), rate.denominator: np.array([bottom])})
    assert rate.derive({rate.numerator: np.zeros(1), rate.denominator: np.zeros(1)}) == rate.prior
    assert found > 0
    if bottom:
        low, high = sorted((rate.prior, top / bottom))
        assert low * (1 - 1e-12) <= found <= high * (1 + 1e-12)


@pytest.mark.parametrize(("view", "velocity"), VELOCITIES)
@given(count=st.integers(1, 10**6), short_ms=st.integers(1, 10**6), times=st.integers(1, 100))
def test_a_steady_count_has_velocity_one(
    view: View, velocity: Velocity, count: int, short_ms: int, times: int
) -> None:
    short, long = np.array([count, 0]), np.array([count * times, 0])
    steady, nothing = velocity.derive(short, long, short_ms, short_ms * times)
    assert steady == pytest.approx(1)
    assert np.isnan(nothing)


@given(text=texts | st.text(max_size=20), size_bytes=st.integers(0, 30))
def test_a_text_is_cut_between_characters(text: str, size_bytes: int) -> None:
    cut = truncate_utf8(text, size_bytes).decode()
    assert text.startswith(cut)
    assert len(cut.encode()) <= size_bytes
    assert cut == text or len(text[: len(cut) + 1].encode()) > size_bytes


def test_the_galleries_have_one_of_each() -> None:
    features = (*GALLERY.features, *TAKEN.features)
    assert {type(feature) for feature in features} == set(get_args(Feature))


@given(scale=st.integers(1, 10**12))
def test_a_scale_is_written_with_all_its_digits(scale: int) -> None:
    (total,) = Sum("total", of="dwell_ms", on="hover", scale=scale).partials()
    (written,) = re.findall(r"\(dwell_ms\) \* ([-+.E0-9]+)\)", total.sql)
    assert float(written) == scale


def test_the_whole_expression_of_a_sum_is_scaled() -> None:
    over = Sum("above", of="dwell_ms - 1000", on="hover", scale=10)
    view = View("v", ("member_id",), ("hover",), {"10m": "60s"}, (over,), 60, "A sum of a difference.")
    store = MemoryTiles()
    write_all(store, view, [event("hover", NOW_MS, dwell_ms=dwell_ms) for dwell_ms in (900, 1_700)])
    assert FeatureReader(store).read(view, ["m1"], NOW_MS).values["above_10m"].tolist() == [600.0]
