"""A release that breaks is told of by its own events, too few of all to show among them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from headwater.monitor.board import Board
from headwater.monitor.judge import Judge
from schemas.quality import NULL, Alert, Cell
from schemas.topics import MINUTE_MS
from tests.minutes import START_MS, WATCHES

pytestmark = pytest.mark.unit

BREAKS_AFTER, MINUTES = 4 * 60, 5 * 60
#: Sampled events a minute, and how many of them are of a small release.
ALL, SMALL = 400, 40


def cells(at_ms: int, field: str, usual: dict[str, int], broken: dict[str, int] | None) -> Iterator[Cell]:
    """A minute of events, spread over buckets in percent; those of a small release otherwise."""
    for bucket in usual | (broken or {}):
        of_all, of_small = usual.get(bucket, 0), (usual if broken is None else broken).get(bucket, 0)
        small, others = SMALL * of_small // 100, (ALL - SMALL) * of_all // 100
        for part, n in (
            (("app_version", "2.0"), small),
            (("app_version", "1.0"), others),
            (("all", ""), small + others),
        ):
            yield Cell(at_ms, "hover", field, *part, bucket, n)


@pytest.mark.parametrize(
    ("name", "usual", "broken"),
    [
        ("place_on_page_null", {NULL: 5, "2": 95}, {NULL: 50, "2": 50}),
        ("dwell_drift", {"20": 50, "22": 50}, {"20": 80, "22": 20}),
    ],
)
def test_it_is_told_of_by_its_version_alone(name: str, usual: dict[str, int], broken: dict[str, int]) -> None:
    watch, board = WATCHES[name], Board()
    judge, told = Judge((watch,), judged_ms=START_MS), []
    for at in range(MINUTES):
        at_ms = START_MS + at * MINUTE_MS
        for cell in cells(at_ms, watch.field, usual, broken if at >= BREAKS_AFTER else None):  # type: ignore[union-attr]
            board.take(cell)
        told += judge.minute(board, at_ms + MINUTE_MS)
    assert [(a.slice, a.value, a.state) for a in told if isinstance(a, Alert)] == [
        ("app_version", "2.0", "raised")
    ]
