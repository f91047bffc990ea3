"""The laws of a tile store, in memory and in a real Redis: they cannot be told apart."""

from __future__ import annotations

import numpy as np
import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st

from features.layout import Layout, layouts, newest_key
from features.partial import Array
from sinks.redis_features import RedisTiles
from tests.fresh import Fresh
from tests.gallery import EVERY
from tests.tiles import Store

LAYOUTS = [lay for view in EVERY.values() for lay in layouts(view)]
ENTITIES = ["a", "b"]

#: A batch of writes: entity, then tile, n; and the newest event behind it.
Batch = tuple[list[tuple[int, int, int]], int]
guards = st.tuples(st.integers(0, 1), st.integers(0, 200), st.integers(1, 3))
batches = st.lists(st.tuples(st.lists(guards, min_size=1, max_size=6), st.integers(0, 10**13)), max_size=5)


def rings_of(store: Fresh, layout: Layout) -> Array:
    """The rings of ENTITIES. Shape (entities, slots)."""
    return layout.unpack(store.mget(layout.keys(ENTITIES, 0)))


def newest_ms_of(store: Fresh, layout: Layout) -> int | None:
    """The time of the newest event behind the view."""
    (held,) = store.mget([newest_key(layout.view, 0)])
    return None if held is None else int(held)


def records_of(layout: Layout, guards: list[tuple[int, int, int]]) -> Array:
    """Records whose other bytes follow from their guard, as a job's do."""
    fillings = [bytes([(7 * entity + 3 * tile + n) % 251]) for entity, tile, n in guards]
    records = np.frombuffer(
        b"".join(filling * layout.dtype.itemsize for filling in fillings), dtype=layout.dtype
    ).copy()
    for column, name in enumerate(("tile", "n"), start=1):
        records[name] = [guard[column] for guard in guards]
    return records


def write(store: Store, layout: Layout, batch: Batch) -> int:
    guards, newest_ms = batch
    return store.write(layout, [ENTITIES[g[0]] for g in guards], records_of(layout, guards), newest_ms)


layout_of = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda lay: f"{lay.view.name}-{lay.ring.name}")


@layout_of
@settings(max_examples=30, deadline=None)
@given(written=batches, data=st.data())
def test_what_stays_in_a_slot_is_the_greatest_whatever_the_order_and_repeats(
    fresh: Fresh, layout: Layout, written: list[Batch], data: st.DataObject
) -> None:
    store = fresh()
    again = data.draw(st.lists(st.sampled_from(written), max_size=3)) if written else []
    for batch in data.draw(st.permutations([*written, *again])):
        write(store, layout, batch)
    expected: dict[tuple[int, int], tuple[int, int, int]] = {}
    for guards, _ in written:
        for guard in guards:
            slot = (guard[0], guard[1] % layout.ring.slots)
            expected[slot] = max(expected.get(slot, guard), guard)
    found = rings_of(fresh, layout)
    assert len(found[found["n"] > 0]) == len(expected)
    for slot, guard in expected.items():
        assert found[slot].tobytes() == records_of(layout, [guard])[0].tobytes()
    assert newest_ms_of(fresh, layout) == (max(newest_ms for _, newest_ms in written) if written else None)


@layout_of
@settings(max_examples=20, deadline=None)
@given(written=batches)
def test_the_newest_event_only_grows(fresh: Fresh, layout: Layout, written: list[Batch]) -> None:
    store, held = fresh(), 0
    for batch in written:
        write(store, layout, batch)
        now = newest_ms_of(fresh, layout)
        assert now == max(held, batch[1])
        held = now


@layout_of
def test_a_write_tells_how_many_it_stored(fresh: Fresh, layout: Layout) -> None:
    store = fresh()
    batch: Batch = ([(0, 205, 2), (1, 205, 2)], 1)
    older: Batch = ([(0, 205, 1), (1, 205 - layout.ring.slots, 9), (1, 206, 1)], 1)
    assert [write(store, layout, b) for b in (batch, batch, older)] == [2, 2, 1]


@pytest.mark.runtime
@layout_of
@settings(max_examples=30, deadline=None)
@given(written=batches)
def test_memory_and_redis_end_with_equal_bytes(
    client: redis.Redis, layout: Layout, written: list[Batch]
) -> None:
    kinds = Fresh(None), Fresh(client)
    stores = [kind() for kind in kinds]
    for batch in written:
        told = [write(store, layout, batch) for store in stores]
        assert told[0] == told[1]
    memory, real = (rings_of(kind, layout).tobytes() for kind in kinds)
    assert memory == real
    assert newest_ms_of(kinds[0], layout) == newest_ms_of(kinds[1], layout)


@pytest.mark.runtime
@layout_of
def test_a_ring_lives_as_long_as_its_layout_says(client: redis.Redis, layout: Layout) -> None:
    client.flushall()
    write(RedisTiles(client), layout, ([(0, 5, 2)], 1))
    assert layout.ttl_s - 2 <= int(client.ttl(layout.keys(ENTITIES, 0)[0])) <= layout.ttl_s  # type: ignore[arg-type]


@pytest.mark.runtime
@layout_of
def test_every_new_tile_and_no_repeat_begins_the_time_to_live_again(
    client: redis.Redis, layout: Layout
) -> None:
    client.flushall()
    store, (key, *_) = RedisTiles(client), layout.keys(ENTITIES, 0)
    write(store, layout, ([(0, 205, 1)], 1))
    for tile, n, renewed in ((205, 2, False), (205, 1, False), (206, 1, True), (204, 1, True)):
        client.expire(key, 5)
        write(store, layout, ([(0, tile, n)], 1))
        assert (int(client.ttl(key)) > 5) == renewed  # type: ignore[arg-type]


@pytest.mark.runtime
@layout_of
def test_a_ring_that_grows_takes_hardly_more_than_its_bytes(client: redis.Redis, layout: Layout) -> None:
    """Redis would make room for twice as much. Sizes of memory are a quarter apart."""
    client.flushall()
    store, (key, *_) = RedisTiles(client), layout.keys(ENTITIES, 0)
    for tile in range(layout.ring.slots):
        write(store, layout, ([(0, tile, 1)], 1))
        assert client.strlen(key) == (layout.ring.slots if tile else 1) * layout.dtype.itemsize
        assert client.memory_usage(key) <= 1.25 * client.strlen(key) + 200  # type: ignore[operator]
