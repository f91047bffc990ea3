"""Each violation flags once, over restarts of the monitor, whenever it happened."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flink_jobs.stretches import Places
from headwater.monitor.board import Board
from headwater.monitor.feed import Read
from headwater.monitor.flagged import FLAGGED, Flagged
from headwater.monitor.run import take
from headwater.monitor.tally import Tally
from schemas import topics
from schemas.quality import Violation
from schemas.topics import MINUTE_MS
from tests.doubles import Kept

pytestmark = pytest.mark.unit

NOW_MS = 1_780_272_000_000
LANES = [(topics.VIOLATIONS, partition) for partition in range(2)]


def told(behind: list[tuple[int, int]]) -> list[Read]:
    """A violation for each partition and how long before now it happened, in the order of the topic."""
    ends, found = dict.fromkeys(LANES, 0), list[Read]()
    for at, (partition, late_ms) in enumerate(behind):
        lane = LANES[partition]
        violation = Violation("rate", "play", f"m{at}", NOW_MS - late_ms, "e", 9.0, 5.0, MINUTE_MS, "")
        found.append(Read(lane, ends[lane], violation))
        ends[lane] += 1
    return found


def ends(reads: list[Read]) -> Places:
    return {lane: sum(read.lane == lane for read in reads) for lane in LANES}


def start(kept: Kept, reads: list[Read]) -> None:
    """A monitor that starts, and reads all there is, for its tally, too."""
    flagged = Flagged.resume(kept.saved(FLAGGED), dict.fromkeys(LANES, 0), ends(reads))
    take(reads, Board(), Tally(), kept, flagged)


@given(
    behind=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 30 * 24 * 60 * MINUTE_MS)), max_size=20),
    stops=st.lists(st.integers(0, 20), max_size=4).map(sorted),
)
def test_a_violation_flags_once_however_long_the_monitor_was_away(
    behind: list[tuple[int, int]], stops: list[int]
) -> None:
    reads, kept = told(behind), Kept()
    for stop in (*stops, len(reads)):
        start(kept, reads[:stop])
    assert kept.flagged == [read.record for read in reads]


def test_a_late_client_is_flagged_though_its_minute_was_judged() -> None:
    reads, kept = told([(0, 0), (0, 2 * MINUTE_MS)]), Kept()
    start(kept, reads[:1])
    start(kept, reads)
    assert kept.flagged == [read.record for read in reads]


def test_a_topic_that_was_made_anew_is_read_from_its_beginning() -> None:
    kept = Kept()
    start(kept, told([(0, 0)] * 9))
    anew = told([(0, 5), (1, 6)])
    start(kept, anew)
    assert kept.flagged[9:] == [read.record for read in anew]
