"""Views that are read together answer as each does alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalog import VIEWS
from features.duration import parse_ms
from features.layout import layouts
from features.view import View
from serving import FeatureReader
from sinks.memory import MemoryTiles
from tests.bench.views import COARSE_READS, READS
from tests.gallery import EVERY
from tests.reading import DAY_MS, ENTITIES, NOW_MS, SAMPLE, TOLERANCE_MS, of_view
from tests.tiles import countable, write_all

pytestmark = pytest.mark.unit

EACH = (*EVERY.values(), *READS, *COARSE_READS)
PRESENT = "t1", "t2", "m1", "m2"


class Counted:
    """A store that counts its round trips."""

    def __init__(self, tiles: MemoryTiles) -> None:
        self._tiles = tiles
        self.trips = 0

    def mget(self, keys: Sequence[str]) -> list[bytes | None]:
        self.trips += 1
        return self._tiles.mget(keys)


def stored(events: list[Any]) -> Counted:
    tiles = MemoryTiles()
    for view in EACH:
        write_all(tiles, view, of_view(view, events))
    return Counted(tiles)


def entities(view: View) -> st.SearchStrategy[list[Any]]:
    one = st.sampled_from([*PRESENT, "nobody", "odd}"])
    others = [st.sampled_from(["BR", "JP", "XX"])] * (len(view.entity) - 1)
    return st.lists(st.tuples(one, *others) if others else one)


@st.composite
def questions(draw: st.DrawFn) -> list[tuple[str | View, list[Any]]]:
    views = draw(st.lists(st.sampled_from(EACH), max_size=6))
    return [(v.name if v.name in VIEWS and draw(st.booleans()) else v, draw(entities(v))) for v in views]


@settings(max_examples=20, deadline=None)
@given(
    events=countable(NOW_MS, 2 * DAY_MS, TOLERANCE_MS),
    asked=questions(),
    later_ms=st.integers(0, 100_000) | st.integers(0, 2 * DAY_MS),
)
def test_together_as_alone(events: list[Any], asked: list[Any], later_ms: int) -> None:
    store = stored(events)
    reader, now_ms = FeatureReader(store), NOW_MS + later_ms
    together = reader.read_many(asked, now_ms)
    assert store.trips == 1
    alone = [reader.read(view, wanted, now_ms) for view, wanted in asked]
    assert [a.as_dicts() for a in together] == [a.as_dicts() for a in alone]
    assert [(a.view, a.entities) for a in together] == [(a.view, a.entities) for a in alone]


@pytest.mark.parametrize("view", EACH, ids=lambda view: view.name)
def test_every_view_beside_all_others(view: View) -> None:
    reader = FeatureReader(stored(SAMPLE))
    present = ENTITIES.get(view.name, ["t1"])[0]
    wanted = [present, "nobody" if isinstance(present, str) else ("nobody",) * len(present)]
    others = [(other, wanted) for other in EACH if other.entity == view.entity]
    together = {a.view.name: a for a in reader.read_many(others, NOW_MS)}
    alone = reader.read(view, wanted, NOW_MS)
    assert together[view.name].as_dicts() == alone.as_dicts()
    assert set(alone.status) == {"fresh", "missing"}


@pytest.mark.parametrize("view", EACH, ids=lambda view: view.name)
def test_a_tile_from_the_future_or_too_old_is_in_no_window(view: View) -> None:
    (layout, *_), store = layouts(view), MemoryTiles()
    now_tile = NOW_MS // layout.ring.tile_ms
    length = max(
        parse_ms(w) // parse_ms(t) for w, t in view.windows.items() if view.ring_of(w) == layout.ring
    )
    for name, tile in ("ahead", now_tile + 1), ("old", now_tile - length), ("in", now_tile - length + 1):
        record = np.zeros(1, dtype=layout.dtype)
        record["tile"], record["n"] = tile, 1
        record[view.partials[0].name] = 7
        wanted = "|".join([name] * len(view.entity))
        store.write(layout, [wanted], record, NOW_MS)
        (values,) = FeatureReader(store).read(view, [wanted], NOW_MS).as_dicts()
        assert (7 in values["values"].values()) == (name == "in")
