"""The laws of the algebra, over every aggregate of the catalogue."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.aggregate import STORED, Array, Last, Partial, Rate, Velocity, truncate_utf8
from features.catalog import VIEWS
from features.view import View

pytestmark = pytest.mark.unit

EACH_STORED = [pytest.param(f, id=f"{v.name}-{f.name}") for v in VIEWS.values() for f in v.stored]
PARTIALS = {f"{v.name}-{p.name}": p for v in VIEWS.values() for p in v.partials}
RATES = [(v, f) for v in VIEWS.values() for f in v.features if isinstance(f, Rate)]
VELOCITIES = [(v, f) for v in VIEWS.values() for f in v.features if isinstance(f, Velocity)]
partials = pytest.mark.parametrize("partial", PARTIALS.values(), ids=PARTIALS)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@st.composite
def tiles(draw: st.DrawFn, partial: Partial) -> Array:
    """Some tiles of one entity; no two have an event in common, so their times differ."""
    if partial.merge == "sum":
        numbers = st.integers(0, 2**32 - 1) if partial.dtype == "<u4" else st.integers(-(2**40), 2**40)
        return np.array(draw(st.lists(numbers, max_size=8)), dtype=partial.dtype)
    times = draw(st.lists(st.integers(1, 2**45), max_size=8, unique=True))
    return partial.from_sql(np.array([f"{at:015}{draw(texts)}" for at in times], dtype=object))


def merged(partial: Partial, found: Array, inside: Any = True) -> Array:
    """The tiles of one entity, merged."""
    mask = np.broadcast_to(np.asarray(inside, dtype=np.bool_), found.shape)
    padded = np.append(found, np.zeros(1, dtype=found.dtype))
    result: Array = partial.merge_tiles(padded[None], np.append(mask, False)[None])
    return result


@partials
@given(data=st.data())
def test_tiles_merge_in_any_grouping_and_order(partial: Partial, data: st.DataObject) -> None:
    found = data.draw(tiles(partial))
    cut = data.draw(st.integers(0, len(found)))
    order = np.array(data.draw(st.permutations(range(len(found)))), dtype=np.intp)
    whole = merged(partial, found)
    in_two = np.concatenate([merged(partial, found[:cut]), merged(partial, found[cut:])])
    assert merged(partial, in_two) == whole
    assert merged(partial, found[order]) == whole


@partials
@given(data=st.data())
def test_what_is_outside_the_window_or_empty_changes_nothing(partial: Partial, data: st.DataObject) -> None:
    found = data.draw(tiles(partial))
    inside = np.array(data.draw(st.lists(st.booleans(), min_size=len(found), max_size=len(found))), np.bool_)
    empty = np.zeros(1, dtype=found.dtype)
    assert merged(partial, found, inside) == merged(partial, found[inside])
    assert merged(partial, np.concatenate([empty, found, empty])) == merged(partial, found)


@partials
@given(data=st.data())
def test_entities_merge_apart(partial: Partial, data: st.DataObject) -> None:
    found = data.draw(tiles(partial))
    empty = np.zeros_like(found)
    if len(found):
        both = partial.merge_tiles(np.stack([found, empty]), np.ones((2, len(found)), dtype=np.bool_))
        assert both[:1] == merged(partial, found)
        assert both[1:] == merged(partial, empty)


@partials
def test_sums_do_not_wrap(partial: Partial) -> None:
    if partial.merge == "sum":
        most = np.iinfo(partial.dtype).max // (1 if partial.dtype == "<u4" else 4)
        assert merged(partial, np.array([most] * 3, dtype=partial.dtype)) == 3 * int(most)


@pytest.mark.parametrize("feature", EACH_STORED)
def test_nothing_is_zero_empty_or_not_a_number(feature: Any) -> None:
    nothing = {p.name: merged(p, np.zeros(0, dtype=p.numpy_dtype())) for p in feature.partials()}
    (value,) = feature.finalize(nothing).tolist()
    assert isinstance(feature, STORED)
    assert value in (0, "") or np.isnan(value)


@pytest.mark.parametrize("feature", [p for p in EACH_STORED if isinstance(p.values[0], Last)])
@given(written=st.lists(texts | st.sampled_from(["tv", "phone"]), max_size=6))
def test_a_last_text_is_read_as_it_was_written_be_it_ascii_or_not(feature: Last, written: list[str]) -> None:
    (partial,) = feature.partials()
    stored = partial.from_sql(np.array([f"{1:015}{text}" for text in written], dtype=object))
    found = feature.finalize({feature.name: stored})
    assert found.dtype.kind == "U"
    assert found.tolist() == [truncate_utf8(text, feature.size_bytes).decode() for text in written]


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
