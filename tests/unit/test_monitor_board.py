"""What is on the board is a naive reading of the records, in whatever order and how often they come."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.monitor.board import Board
from schemas.quality import Cell, Count
from schemas.topics import MINUTE_MS

pytestmark = pytest.mark.unit

few = st.sampled_from(["", "a", "b"])
minutes = st.integers(0, 3).map(lambda minute: minute * MINUTE_MS)
totals = st.integers(1, 5)
counts = st.builds(Count, minutes, few, few, few, few, few, totals)
cells = st.builds(Cell, minutes, few, few, few, few, few, totals)
ranges = st.tuples(minutes, minutes)


@given(taken=st.lists(counts | cells), within=ranges, seed=st.integers())
def test_the_greatest_total_holds_in_any_order(
    taken: list[Count | Cell], within: tuple[int, int], seed: int
) -> None:
    board, shuffled = Board(), Board()
    again = [*taken, *taken]
    Random(seed).shuffle(again)
    for record in taken:
        board.take(record)
    for record in again:
        shuffled.take(record)

    greatest: dict[tuple[object, ...], int] = {}
    for record in taken:
        if isinstance(record, Count) and within[0] <= record.minute_ms < within[1]:
            *key, n = vars(record).values()
            greatest[tuple(key)] = max(greatest.get(tuple(key), 0), n)
    found = board.counts(*within)
    assert {tuple(vars(c).values()) for c in found} == {(*key, n) for key, n in greatest.items()}
    assert set(shuffled.counts(*within)) == set(found)
    for field in ("", "a"):
        assert shuffled.histograms(field, *within) == board.histograms(field, *within)


@given(taken=st.lists(cells, unique_by=lambda c: tuple(vars(c).values())[:-1]), within=ranges)
def test_histograms_add_up_over_minutes(taken: list[Cell], within: tuple[int, int]) -> None:
    board = Board()
    for cell in taken:
        board.take(cell)
    naive: Counter[tuple[str, str, str, str]] = Counter()
    for c in taken:
        if c.field == "a" and within[0] <= c.minute_ms < within[1]:
            naive[c.event, c.slice, c.value, c.bucket] += c.n
    found = board.histograms("a", *within)
    assert {(*part, bucket): n for part, cells in found.items() for bucket, n in cells.items()} == naive


def test_what_has_grown_is_told_once() -> None:
    board, count = Board(), Count(0, "play", "all", "", "valid", "", 3)
    board.take(count)
    board.take(Count(**vars(count) | {"n": 5}))
    board.take(count)
    assert board.grown() == [Count(**vars(count) | {"n": 5})]
    board.take(count)
    assert board.grown() == []


def test_old_minutes_are_forgotten() -> None:
    board = Board()
    for minute in range(3):
        board.take(Count(minute * MINUTE_MS, "play", "all", "", "valid", "", 1))
    assert max(count.minute_ms for count in board.counts(0, 9 * MINUTE_MS)) == 2 * MINUTE_MS
    board.forget(2 * MINUTE_MS)
    assert [count.minute_ms for count in board.counts(0, 9 * MINUTE_MS)] == [2 * MINUTE_MS]
