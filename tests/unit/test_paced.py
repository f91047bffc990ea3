"""What is paced is passed on in time, not too often, and its newest is never lost."""

from __future__ import annotations

import time

import pytest

from sinks.paced import Paced

pytestmark = pytest.mark.unit


def test_the_newest_is_given_even_if_nothing_comes_after_it() -> None:
    given: list[tuple[float, int]] = []
    paced = Paced[int](lambda n: given.append((time.monotonic(), n)), 0.2)
    for n in range(100):
        paced.offer(n)
    assert [n for _, n in given] == [0]
    deadline_s = time.monotonic() + 10
    while len(given) < 2 and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert [n for _, n in given] == [0, 99]
    assert given[1][0] - given[0][0] >= 0.19
    paced.close()
    assert len(given) == 2


def test_what_waits_is_given_at_the_end() -> None:
    given: list[int] = []
    paced = Paced[int](given.append, 60.0)
    paced.offer(1)
    paced.offer(2)
    paced.close()
    assert given == [1, 2]


def test_what_fails_is_raised_or_tried_again() -> None:
    given: list[int] = []
    broken = True

    def give(n: int) -> None:
        if broken:
            raise ConnectionError
        given.append(n)

    paced = Paced[int](give, 0.05)
    with pytest.raises(ConnectionError):
        paced.offer(1)
    paced.offer(2)
    time.sleep(0.2)
    broken = False
    deadline_s = time.monotonic() + 10
    while not given and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert given == [2]
    paced.close()
