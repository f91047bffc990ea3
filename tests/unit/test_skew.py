"""Of every view: what the stream's writers wrote and a reader answered is what the same events make offline;
and what is planted is found in the values that it is in, and in no other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from features.catalog import CATALOG
from features.view import View
from headwater.served_rows import ANOTHER_TIME, rows_of
from headwater.skew import STEPS, skew
from headwater.skew_value import Compared, Values, alike, symmetric
from serving import FeatureReader
from serving.served_log import ServedLog
from sinks.memory import MemoryTiles
from sinks.redis_features import RedisTiles
from sinks.redis_generations import take_over
from tests.gallery import EVERY
from tests.naive import Event
from tests.offline import crowded, log_of
from tests.skewed import happened, instants, serve
from tests.tiles import write_all

pytestmark = pytest.mark.unit

views = pytest.mark.parametrize("view", EVERY.values(), ids=EVERY)
SETTLE_MS = 5_000


def compared(
    view: View, events: Sequence[Event], folder: Path, settle_ms: int = SETTLE_MS
) -> dict[str, Compared]:
    rows = rows_of(view, folder, 1_000)
    assert rows.read == len(rows.at_ms) + sum(rows.apart.values())
    assert len(rows.at_ms)
    found = {of.value: of for of in skew(view, rows, log_of(events), 1e-9, settle_ms)}
    assert [*found] == [*view.value_names]
    assert {of.rows for of in found.values()} == {len(rows.at_ms)}
    assert all(of.rows == of.equal + of.late + of.mismatch + of.missing + of.extra for of in found.values())
    return found


@views
def test_what_is_served_is_what_is_made_offline(view: View, tmp_path: Path) -> None:
    events, at = happened(view)
    serve(view, events, at, tmp_path)
    assert all(one.equal == one.rows for one in compared(view, events, tmp_path, 0).values())


@pytest.mark.runtime
@views
def test_what_is_served_from_redis_is_what_is_made_offline(
    view: View, client: redis.Redis, tmp_path: Path
) -> None:
    events, at = happened(view)
    client.flushall()
    take_over(client, 0)
    serve(view, events, at, tmp_path, 0, RedisTiles(client), client)
    assert all(one.equal == one.rows for one in compared(view, events, tmp_path, 0).values())


@views
def test_what_is_planted_is_found_where_it_is(view: View, tmp_path: Path) -> None:
    events, at = happened(view)
    serve(view, events, at, tmp_path)
    random = Random(view.name)
    wrong = random.sample([*view.value_names], min(2, len(view.value_names)))
    (file,) = (tmp_path / view.id).glob("*/*.parquet")
    table = pq.read_table(file)
    able = [
        i for i, told in enumerate(table[f"{view.name}__status"].to_pylist()) if told in ("fresh", "missing")
    ]
    rows = random.sample(able, 3)
    for name in wrong:
        column = table[f"{view.name}__{name}"]
        spoilt = [_spoilt(value) if i in rows else value for i, value in enumerate(column.to_pylist())]
        at_column = table.column_names.index(f"{view.name}__{name}")
        table = table.set_column(at_column, table.field(at_column), pa.array(spoilt, column.type))
    pq.write_table(table, file)
    found = compared(view, events, tmp_path, 0)
    assert {name: one.rows - one.equal for name, one in found.items() if one.share} == dict.fromkeys(wrong, 3)
    keys = list(zip(*(table[name].to_pylist() for name in view.entity), strict=True))
    planted = {(keys[i], table["at_ms"][i].as_py()) for i in rows}
    assert all({differs.at for differs in found[name].worst} == planted for name in wrong)


def _spoilt(value: Any) -> Any:
    match value:
        case str():
            return f"{value}x"
        case []:
            return [None]
        case list():
            return value[1:]
    return 7 if value != value else value + 1


@views
def test_what_was_on_its_way_is_told_from_what_is_wrong(view: View, tmp_path: Path) -> None:
    # Close to one another, so that nearly every read lacks something.
    events = crowded(Random(view.name), 20_000)
    serve(view, events, instants(view, events, Random(1)), tmp_path, behind_ms=1_000)
    found = compared(view, events, tmp_path)
    assert not any(one.share for one in found.values())
    unexplained = compared(view, events, tmp_path, 0)
    assert any(one.late for one in found.values())
    for name, one in found.items():
        assert unexplained[name].equal == one.equal
        assert unexplained[name].share == one.late / one.rows


def test_rows_that_cannot_be_compared_are_counted_by_why(tmp_path: Path) -> None:
    view, tiles = EVERY["title_engagement"], MemoryTiles()
    events, at = happened(view)
    write_all(tiles, view, events)
    log = ServedLog(tmp_path, 1.0, Random(1), clock_ms=lambda: at[-1])
    reader = FeatureReader(tiles, served=log)
    reader.read(view, ["t1", "nobody"], at[-1])
    reader.read(view, ["t1"], at[-1] - SETTLE_MS - 1)
    tiles.degrade(view.name)
    reader.read(view, ["t1"] * 3, at[-1])
    log.close()
    rows = rows_of(view, tmp_path, 1_000)
    assert (rows.read, rows.apart) == (6, {ANOTHER_TIME: 1, "degraded": 3})
    assert rows.entities == [["t1", "nobody"]]


def test_a_sample_is_of_all_files_and_the_same_for_the_same_seed(tmp_path: Path) -> None:
    view = EVERY["title_engagement"]
    for _ in range(3):
        serve(view, *happened(view), tmp_path)
    whole, some, again = (rows_of(view, tmp_path, most) for most in (1_000, 20, 20))
    assert len(some.at_ms) == 20 < len(whole.at_ms)
    assert repr(some.table.to_pylist()) == repr(again.table.to_pylist())
    assert some.read == whole.read


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=20))
def test_how_far_apart_is_symmetric_and_from_0_to_2(pairs: list[tuple[float, float]]) -> None:
    for one, other in pairs:
        told = symmetric(one, other)
        assert told == symmetric(other, one)
        assert told is not None
        assert 0 <= told <= 2 + 1e-12
        assert (told == 0) == (one == other)
    found = Values(*zip(*pairs, strict=True), 0.0).compared("x", [(("a",), 0)] * len(pairs), 0.0)
    assert found.smape == pytest.approx(np.mean([symmetric(*pair) for pair in pairs]))


NAN = float("nan")
CASES = [
    # served, offline, behind, what it counts as
    (1, 1, [], "equal"),
    (NAN, NAN, [], "equal"),
    (0.1 + 0.2, 0.3, [], "equal"),
    (2, 5, [4, 1], "late"),
    (5, 2, [4, 6], "late"),
    (NAN, 0.5, [NAN], "late"),
    ("a", "b", ["c", "a"], "late"),
    ("a", "b", ["c"], "mismatch"),
    ([{"item": "a"}], [{"item": "b"}], [[{"item": "a"}]], "late"),
    (7, 5, [4, 1], "mismatch"),
    (0, 5, [4, 1], "missing"),
    (5, 0, [], "extra"),
    (NAN, 0.5, [0.6], "mismatch"),
]


@pytest.mark.parametrize(("served", "offline", "behind", "what"), CASES, ids=str)
def test_a_row_counts_as_one_thing(served: Any, offline: Any, behind: list[Any], what: str) -> None:
    values = Values([served, None], [offline, offline], 1e-9)
    for then in behind:
        values.behind([0], [then])
    found = values.compared("x", [(("a",), 1), (("b",), 2)], 0)
    figures = {name: getattr(found, name) for name in ("equal", "late", "mismatch", "missing", "extra")}
    assert figures == dict.fromkeys(figures, 0) | {what: 1}
    assert found.rows == 1


def test_parts_of_lists_are_held_within_the_tolerance() -> None:
    one, other = ([{"item": "a", "value": 1.0 + change}] for change in (0, 1e-6))
    assert alike(one, other, 1e-5)
    assert not alike(one, other, 1e-7)
    assert not alike(one, [*other, *other], 1e-5)


def test_as_many_delays_are_tried_as_are_needed(tmp_path: Path) -> None:
    view = EVERY["title_engagement"]
    events, at = happened(view)
    serve(view, events, at, tmp_path)
    steps: list[int] = []
    skew(view, rows_of(view, tmp_path, 10), log_of(events), 1e-9, SETTLE_MS, steps.append)
    assert steps == [1]
    assert STEPS > 1
    assert {view.name for view in CATALOG} <= {*EVERY}
