"""The laws of packed rows and their keys."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.layout import Layout, entity_text, entity_texts, layouts, newest_key
from features.listing_layout import ListLayout, list_layouts
from features.partial import Array
from tests.gallery import EVERY
from tests.tiles import countable, rows_of

pytestmark = pytest.mark.unit

EACH = [pytest.param(lay, id=f"{v.name}-{lay.ring.name}") for v in EVERY.values() for lay in layouts(v)]
LAYOUTS: list[Layout | ListLayout] = [
    layout for view in EVERY.values() for layout in (*layouts(view), *list_layouts(view))
]
each_layout = pytest.mark.parametrize("layout", EACH)
NOW_MS = 1_780_000_012_345
#: What an escape is made of.
TOKENS = ["a", "|", "%", "{", "}", "%7C", "7C", "%25", "25"]
parts = st.lists(st.lists(st.sampled_from(TOKENS), max_size=3).map("".join), min_size=1, max_size=3)
values = st.sampled_from(["t1", "BR", "é"]) | st.text(st.sampled_from("a|%{}7C"), max_size=4)
ESCAPES = str.maketrans({"%": "%25", "|": "%7C", "{": "%7B", "}": "%7D"})


def packed(layout: Layout, rows: list[tuple[Any, ...]]) -> Array:
    columns = list(zip(*rows, strict=True))[len(layout.view.entity) :]
    return layout.pack([np.array(column, dtype=object) for column in columns])


@each_layout
@given(events=countable(NOW_MS, 600_000, 60_000))
def test_a_record_holds_its_row(layout: Layout, events: Any) -> None:
    rows = rows_of(layout, events)
    if rows:
        for record, row in zip(packed(layout, rows), rows, strict=True):
            tile, n, newest_ms, *values = row[len(layout.view.entity) :]
            assert (record["tile"], record["n"]) == (tile, n)
            assert int(record["tile"]) * layout.ring.tile_ms + int(record["newest"]) == newest_ms
            assert 0 <= record["newest"] < layout.ring.tile_ms
            for partial, value in zip(layout.view.partials, values, strict=True):
                if partial.merge not in ("first", "last"):
                    nothing = value is None and np.isnan(record[partial.name])
                    assert nothing or record[partial.name] == value
                elif value is None:
                    assert record[partial.name]["at"] == 0
                else:
                    assert record[partial.name]["at"] == int(value[:15])
                    assert value[15:].startswith(record[partial.name]["value"].decode())


@each_layout
@given(data=st.data())
def test_rings_come_back_as_they_were_written(layout: Layout, data: st.DataObject) -> None:
    size = layout.dtype.itemsize * layout.ring.slots
    rings = data.draw(st.lists(st.none() | st.binary(max_size=200), max_size=4))
    found = layout.unpack(rings)
    assert found.shape == (len(rings), layout.ring.slots)
    assert [row.tobytes() for row in found] == [(ring or b"").ljust(size, b"\0") for ring in rings]


@each_layout
def test_the_guard_stands_where_lua_reads_it(layout: Layout) -> None:
    record = np.zeros(1, dtype=layout.dtype)
    record["tile"], record["n"] = 1, 2
    assert record.tobytes()[:8] == b"\1\0\0\0\2\0\0\0"


def test_different_entities_have_different_texts() -> None:
    texts = ["".join(tokens) for n in range(3) for tokens in product(TOKENS, repeat=n)]
    entities = {entity for n in (1, 2) for entity in product(texts, repeat=n)}
    assert len({entity_text(entity) for entity in entities}) == len(entities)


@given(st.integers(1, 3).flatmap(lambda width: st.lists(st.tuples(*[values] * width), min_size=1)))
def test_many_entities_have_the_texts_that_each_has_alone(entities: list[tuple[str, ...]]) -> None:
    columns = list(zip(*entities, strict=True))
    assert entity_texts(columns) == [entity_text(entity) for entity in entities]
    escaped = ["|".join(part.translate(ESCAPES) for part in entity) for entity in entities]
    assert entity_texts(columns) == escaped


def test_no_entities_have_no_texts() -> None:
    assert entity_texts([]) == entity_texts([[], []]) == []


@given(st.lists(parts, min_size=2, max_size=2, unique_by=tuple))
def test_keys_of_different_entities_rings_lists_views_and_generations_differ(
    entities: list[list[str]],
) -> None:
    texts = [entity_text(entity) for entity in entities]
    keys = [key for layout in LAYOUTS for generation in (0, 17) for key in layout.keys(texts, generation)]
    keys += [newest_key(view, generation) for view in EVERY.values() for generation in (0, 17)]
    assert len(set(keys)) == len(keys)


@given(parts)
def test_the_rings_and_lists_of_an_entity_are_on_one_node(entity: list[str]) -> None:
    """Redis Cluster hashes what stands between the first { and the next }."""
    keys = [layout.keys([entity_text(entity)], 0)[0] for layout in LAYOUTS]
    assert {key[key.index("{") + 1 : key.index("}")] for key in keys} == {entity_text(entity)}


@each_layout
def test_a_ring_is_kept_until_no_window_sees_it_and_not_much_longer(layout: Layout) -> None:
    ring_ms = layout.ring.slots * layout.ring.tile_ms
    assert ring_ms < layout.ttl_s * 1_000 <= ring_ms + layout.ring.tile_ms
