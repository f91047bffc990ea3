"""The laws of bounded lists, in memory and in a real Redis: they cannot be told apart."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st

from features.followed import FOLLOWED
from features.layout import entity_text
from features.listing_layout import ListLayout, list_layouts
from sinks.memory import MemoryTiles
from sinks.redis_features import RedisTiles
from tests.fresh import Fresh
from tests.gallery import EVERY
from tests.naive import Event
from tests.reading import DAY_MS, NOW_MS
from tests.tiles import Store, countable, rows_of
from tests.tiles import write as write_rows

LAYOUTS = [layout for view in EVERY.values() for layout in list_layouts(view)]
ENTITIES = ["a", "b"]

#: What is written: entity, tile, and an entry's bytes.
Row = tuple[int, int, bytes]
#: What is held: entries by entity, and by tile in the order of slots.
Content = list[list[tuple[int, list[bytes]]]]

layout_of = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda lay: f"{lay.view.name}-{lay.of.name}")


def lists_of(store: Fresh, layout: ListLayout) -> Content:
    """The lists of ENTITIES that are not empty."""
    return [
        [(int(s["tile"]), [e.tobytes() for e in s["entries"][: s["used"]]]) for s in slots if s["used"]]
        for slots in layout.unpack(store.mget(layout.keys(ENTITIES, 0)))
    ]


def rows(layout: ListLayout) -> st.SearchStrategy[list[Row]]:
    """Few items, some of which are a part of two others side by side, and weights beyond 2^53."""
    size, item_at = layout.of.entry.itemsize, layout.of.item_at
    weights = st.integers(0, 3) | st.sampled_from([2**53, 2**53 + 1, 2**64 - 1])
    numbers = st.binary(min_size=item_at, max_size=item_at).map(lambda rest: rest[8:])
    letters = st.sampled_from([b"\0", b"a", b"b", b"\xff"])
    items = st.lists(letters, min_size=size - item_at, max_size=size - item_at).map(b"".join)
    few = st.sampled_from([(letter * size)[: size - item_at] for letter in (b"a", b"b", b"c", b"d", b"\xff")])
    weighed = st.tuples(weights.map(lambda w: w.to_bytes(8, "big")), numbers, few | items).map(b"".join)
    entries = weighed if item_at else weights.map(lambda w: w.to_bytes(8, "big"))
    tiles = st.just(0) if not layout.of.tile_ms else st.integers(1, 2) | st.integers(0, 9)
    return st.lists(st.tuples(st.integers(0, 1), tiles, entries), max_size=40)


def write(store: Store, layout: ListLayout, batch: list[Row]) -> int:
    packed = b"".join(tile.to_bytes(4, "little") + entry for _, tile, entry in batch)
    return store.write_list(layout, [ENTITIES[r[0]] for r in batch], np.frombuffer(packed, layout.row))


def naive(layout: ListLayout, written: list[Row]) -> Content:
    """The newest tile of each slot, of each of its items the greatest entry, and of these the greatest."""
    held: Content = [[], []]
    slots, item_at = layout.of.ring.slots, layout.of.item_at
    for entity, slot in sorted({(r[0], r[1] % slots) for r in written}):
        newest = max(r[1] for r in written if (r[0], r[1] % slots) == (entity, slot))
        entries = sorted((r[2] for r in written if r[:2] == (entity, newest)), reverse=True)
        items = list(dict.fromkeys(entry[item_at:] for entry in entries))
        best = [next(entry for entry in entries if entry[item_at:] == item) for item in items]
        held[entity].append((newest, best[: layout.of.kept]))
    return held


@layout_of
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_stays_does_not_depend_on_order_repeats_and_batches(
    fresh: Fresh, layout: ListLayout, data: st.DataObject
) -> None:
    store, written = fresh(), data.draw(rows(layout))
    again = data.draw(st.lists(st.sampled_from(written), max_size=5)) if written else []
    left = data.draw(st.permutations([*written, *again]))
    while left:
        cut = data.draw(st.integers(1, len(left)))
        write(store, layout, left[:cut])
        left = left[cut:]
    assert lists_of(fresh, layout) == naive(layout, written)


@pytest.mark.parametrize(
    "layout",
    [lay for lay in LAYOUTS if not lay.of.counts and lay.of.on not in FOLLOWED],
    ids=lambda lay: f"{lay.view.name}-{lay.of.name}",
)
@settings(max_examples=10, deadline=None)
@given(events=countable(NOW_MS, DAY_MS, 0))
def test_a_job_may_forget_what_is_not_counted(layout: ListLayout, events: list[Event]) -> None:
    forgetful, mindful = MemoryTiles(), MemoryTiles()
    for event in events:
        write_rows(forgetful, layout, rows_of(layout, [event]))
    write_rows(mindful, layout, rows_of(layout, events))
    entities = [*product(*(_values(events, column) for column in layout.view.entity))]
    keys = layout.keys([entity_text(entity) for entity in entities], 0)
    held = [[of.tobytes() for of in layout.unpack(s.mget(keys))["entries"]] for s in (forgetful, mindful)]
    used = [layout.unpack(s.mget(keys))["used"].tolist() for s in (forgetful, mindful)]
    assert used[0] == used[1]
    assert held[0] == held[1]


def _values(events: list[Event], column: str) -> set[str]:
    return {str(record[column]) for _, record in events if record.get(column)}


@pytest.mark.runtime
@layout_of
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_memory_and_redis_tell_and_hold_the_same(
    client: redis.Redis, layout: ListLayout, data: st.DataObject
) -> None:
    kinds = Fresh(None), Fresh(client)
    stores = [kind() for kind in kinds]
    for row in data.draw(rows(layout)):
        told = [write(store, layout, [row]) for store in stores]
        assert told[0] == told[1]
        memory, real = (lists_of(kind, layout) for kind in kinds)
        assert memory == real


@layout_of
def test_a_full_list_keeps_the_greatest(fresh: Fresh, layout: ListLayout) -> None:
    store, kept, rest = fresh(), layout.of.kept, layout.of.entry.itemsize - 8
    entries = [n.to_bytes(8, "big") + (n.to_bytes(rest, "big") if rest else b"") for n in range(1, kept + 11)]
    assert write(store, layout, [(0, 0, entry) for entry in entries]) == kept + 10
    assert write(store, layout, [(0, 0, entry) for entry in entries]) == 0
    assert lists_of(fresh, layout) == [[(0, entries[:9:-1])], []]


@pytest.mark.runtime
@layout_of
def test_a_list_lives_until_no_window_sees_it(client: redis.Redis, layout: ListLayout) -> None:
    client.flushall()
    store, (key, *_) = RedisTiles(client), layout.keys(ENTITIES, 0)
    entry = b"\0" * 7 + b"\1" + b"a" * (layout.of.entry.itemsize - 8)
    write(store, layout, [(0, 1, entry)])
    ttl_s = layout.of.ring.ttl_s
    assert ttl_s - 2 <= int(client.ttl(key)) <= ttl_s  # type: ignore[arg-type]
    assert ttl_s * 1_000 > layout.of.window_ms + 60_000
    # A repeat is nothing new. Within a tile that may end before the list does, each item renews it.
    for tile, weight, renewed in ((1, 1, False), (1, 2, not layout.of.tile_ms), (2, 1, True)):
        client.expire(key, 5)
        write(store, layout, [(0, tile, weight.to_bytes(8, "big") + entry[8:])])
        assert (int(client.ttl(key)) > 5) == renewed  # type: ignore[arg-type]


@pytest.mark.runtime
@layout_of
def test_an_entity_takes_the_room_of_its_entries(client: redis.Redis, layout: ListLayout) -> None:
    """One that is alone only as much as is used, others all of it, and those before it."""
    client.flushall()
    write(RedisTiles(client), layout, [(0, 0, b"\0" * 7 + b"\1" + b"a" * (layout.of.entry.itemsize - 8))])
    alone, size = layout.of.ring.slots == 1, layout.of.entry.itemsize
    assert client.strlen(layout.keys(ENTITIES, 0)[0]) == (8 + size if alone else layout.dtype.itemsize)
    last = layout.of.ring.slots - 1
    write(RedisTiles(client), layout, [(0, last, b"\1" * size)])
    whole = layout.of.ring.slots * layout.dtype.itemsize
    assert client.strlen(layout.keys(ENTITIES, 0)[0]) == (8 + 2 * size if alone else whole)


@pytest.mark.runtime
@layout_of
def test_a_list_that_grows_takes_hardly_more_than_its_bytes(client: redis.Redis, layout: ListLayout) -> None:
    """Redis would make room for twice as much. Sizes of memory are a quarter apart."""
    client.flushall()
    store, (key, *_) = RedisTiles(client), layout.keys(ENTITIES, 0)
    rest = layout.of.entry.itemsize - 8
    for tile in range(min(3, layout.of.ring.slots)):
        for n in range(1, min(layout.of.kept, 60) + 1):
            entry = n.to_bytes(8, "big") + (n.to_bytes(rest, "big") if rest else b"")
            write(store, layout, [(0, tile, entry)])
            assert client.memory_usage(key) <= 1.25 * client.strlen(key) + 200  # type: ignore[operator]
