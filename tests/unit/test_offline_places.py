"""What stands in a place at a sight is what was put there last, and lists keep the greatest."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.groups import changes
from features.offline.places import Places, placed
from features.offline.running import running
from features.offline.sights import Sights
from features.partial import Partial
from headwater.training_set import picked

pytestmark = pytest.mark.unit

ROWS = st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 5)), min_size=1, max_size=12)
WRITES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4), st.integers(1, 9)), max_size=30)


def sights_of(rows: Sequence[tuple[str | None, int]]) -> Sights:
    keys = [pa.array([name for name, _ in rows], pa.string())]
    return Sights.of(keys, np.array([at_ms for _, at_ms in rows], dtype=np.int64))


@given(rows=ROWS)
def test_each_entity_and_instant_is_a_sight_once_and_in_order(rows: list[tuple[str | None, int]]) -> None:
    sights = sights_of(rows)
    assert [rows[row] for row in sights.row[sights.of_row]] == rows
    found = list(zip(sights.entity.tolist(), sights.known_ms.tolist(), strict=True))
    assert found == sorted({*found})
    assert len(found) == len({*rows})


@given(rows=ROWS, data=st.data())
def test_in_a_place_stands_what_was_put_there_last(
    rows: list[tuple[str | None, int]], data: st.DataObject
) -> None:
    sights = sights_of(rows)
    one = st.integers(0, len(sights.row) - 1)
    puts = data.draw(st.lists(st.tuples(one, st.integers(0, 2)), max_size=12).map(sorted))
    some = sorted(data.draw(st.sets(one, min_size=1)))
    sight, place = np.array(puts, dtype=np.int64).reshape(-1, 2).T
    held = Places(3, sight, place).held(sights, np.array(some, dtype=np.int64))

    def there(seen: int, place: int) -> int:
        """The last that was put there of those that were put while the entity was asked, until then."""
        since = min(i for i, entity in enumerate(sights.entity) if entity == sights.entity[seen])
        return max(
            (i for i, (at, to) in enumerate(puts, 1) if to == place and since <= at <= seen), default=0
        )

    expected = [[there(seen, place) for place in range(3)] for seen in some]
    wide = [list(column) for column in zip(*expected, strict=True) if any(column)]
    assert held.T.tolist() == (wide or [[0] * len(some)])


@given(writes=WRITES, kept=st.integers(1, 4))
def test_a_list_keeps_the_greatest_of_each_item(writes: list[tuple[int, int, int]], kept: int) -> None:
    writes.sort(key=lambda write: write[0])
    lists, items, weights = (np.array(column) for column in (*zip(*writes, strict=True),) or ((), (), ()))
    of_items = [bytes([item]) for item in items]
    entries = [bytes([weight, item]) for weight, item in zip(weights, items, strict=True)]
    places = placed(changes(lists), of_items, entries, kept)
    for which in {*lists.tolist()}:
        here = [i for i in range(len(writes)) if lists[i] == which]
        held = {places[i]: entries[i] for i in here if places[i] >= 0}
        best = {of_items[i]: max(entries[j] for j in here if items[j] == items[i]) for i in here}
        assert sorted(held.values()) == sorted(best.values())[-kept:]
        assert {*held} <= {*range(kept)}


@given(groups=st.lists(st.lists(st.integers(0, 2**40), min_size=1, max_size=9), max_size=5))
def test_a_running_merge_is_that_of_what_came_until_then(groups: list[list[int]]) -> None:
    numbers = np.array([number for group in groups for number in group], dtype=np.int64)
    new = changes(np.repeat(np.arange(len(groups)), [len(group) for group in groups]))
    running(Partial("total", "<i8", "", "sum"), numbers, new)
    assert numbers.tolist() == [total for group in groups for total in accumulate(group)]


def test_of_two_at_one_time_the_value_decides_as_in_sql() -> None:
    dtype = np.dtype([("at", "<u8"), ("value", "S4")])
    pairs = [[(5, b"a"), (5, b"b")], [(5, b"b"), (5, b"a")], [(0, b""), (5, b"b")], [(5, b"b"), (0, b"")]]
    for merge, best in (("first", [b"a", b"a", b"b", b"b"]), ("last", [b"b"] * 4)):
        seen = np.array([one for pair in pairs for one in pair], dtype=dtype)
        running(Partial("x", "S4", "", merge), seen, np.array([True, False] * 4))
        assert seen["value"][1::2].tolist() == best


@given(
    parts=st.lists(st.lists(st.text(max_size=3), max_size=4), min_size=1, max_size=4).filter(any),
    data=st.data(),
)
def test_answers_are_picked_from_parts_as_from_the_whole(parts: list[list[str]], data: st.DataObject) -> None:
    whole = [text for part in parts for text in part]
    places = data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=9))
    columns = {"text": pa.array(whole), "number": pa.array(range(len(whole)))}
    (batch,) = pa.table(columns).to_batches() or [pa.RecordBatch.from_pydict(columns)]
    ends = [*accumulate(map(len, parts))]
    batches = [batch.slice(end - len(part), len(part)) for end, part in zip(ends, parts, strict=True)]
    found = pa.concat_tables(picked(batches, np.array(places, dtype=np.int64), at_once=2))
    assert found.to_pydict() == {"text": [whole[place] for place in places], "number": places}
