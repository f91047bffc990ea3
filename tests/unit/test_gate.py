"""The gate's memory of ids: what producers sent twice is marked, whatever restarts lie between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import encode
from schemas.topics import raw
from tests.samples import SOUND, sound
from validators import ruleset
from validators.duplicates import NEWEST, RecentIds
from validators.gate import HORIZON_MS, Gate, Records, Stretch, Unchanging
from validators.ruleset import RuleSet

pytestmark = pytest.mark.unit
RULES = ruleset.load()
NOW_MS: int = SOUND["event_time"]


@dataclass
class MemoryLog:
    """A log that holds what was appended, and remembers what was asked of it.

    Once `counted` is set, it is known what counted, by partition and offset, and nothing else is read.
    """

    lanes: dict[tuple[str, int], list[tuple[int, bytes | None]]] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)
    counted: set[tuple[int, int]] | None = None

    def append(self, topic: str, partition: int, time_ms: int, value: bytes | None) -> int:
        lane = self.lanes.setdefault((topic, partition), [])
        lane.append((time_ms, value))
        return len(lane) - 1

    def read(self, stretches: Sequence[Stretch]) -> Iterator[Records]:
        self.asked += [(s.topic, s.partition) for s in stretches]
        pasts = [
            [
                (topic, partition, offset, time_ms, value)
                for offset, (time_ms, value) in enumerate(self.lanes.get((topic, partition), [])[:before])
                if time_ms >= since_ms and (self.counted is None or (partition, offset) in self.counted)
            ]
            for topic, partition, since_ms, before in stretches
        ]
        for rows in zip_longest(*pasts):  # one of each, as a consumer mixes partitions
            read = records([row for row in rows if row is not None])
            yield replace(read, counted=self.counted is not None)


Row = tuple[str, int, int, int, bytes | None]


def records(rows: list[Row]) -> Records:
    topic, partition, offset, time_ms, value = (list(c) for c in zip(*rows, strict=True))
    return Records(topic, np.array(partition), np.array(offset), np.array(time_ms), value)


def search(event_id: str, **more: object) -> bytes:
    return encode("search", {**sound("search"), "event_id": event_id, **more})


Arrival = tuple[int, str, bool]  # partition, id, sound


@given(
    arrivals=st.lists(st.tuples(st.integers(0, 2), st.sampled_from("abcdef"), st.booleans()), max_size=40),
    batch=st.integers(1, 7),
    restarts=st.sets(st.integers(0, 40)),
)
def test_a_copy_is_a_duplicate_whatever_batches_and_restarts(
    arrivals: list[Arrival], batch: int, restarts: set[int]
) -> None:
    log, rows, expected = MemoryLog(), [], []
    counted: set[tuple[int, str]] = set()
    for partition, name, is_sound in arrivals:
        value = search(name) if is_sound else search(name, results=-1)
        offset = log.append(raw("search"), partition, NOW_MS, value)
        rows.append((raw("search"), partition, offset, NOW_MS, value))
        again = (partition, name) in counted
        expected.append(("duplicate" if again else "valid") if is_sound else "rejected")
        if is_sound:
            counted.add((partition, name))
    gate, found = Gate(Unchanging(RULES), log), []
    for start in range(0, len(rows), batch):
        if start in restarts:
            gate = Gate(Unchanging(RULES), log)
        found += gate.judge(records(rows[start : start + batch])).verdict.tolist()
    assert found == expected


@dataclass
class Changing:
    """Rules in force that somebody changes."""

    rules: RuleSet

    def current(self) -> RuleSet:
        return self.rules


STRICT = RuleSet(
    {
        e: tuple(
            r.model_copy(update={"expect": "results > 5"}) if r.name == "results_in_range" else r for r in rs
        )
        for e, rs in RULES.rules.items()
    }
)


@given(
    arrivals=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(4, 7)), max_size=30),
    batch=st.integers(1, 5),
    restarts=st.sets(st.integers(0, 30)),
    changes=st.sets(st.integers(0, 30)),
)
def test_an_event_counts_once_whatever_rules_changed_and_restarts_lie_between(
    arrivals: list[tuple[str, int]], batch: int, restarts: set[int], changes: set[int]
) -> None:
    log, rules, counted = MemoryLog(counted=set()), Changing(RULES), set[str]()
    gate = Gate(rules, log)
    for start in range(0, len(arrivals), batch):
        if start in changes:
            rules.rules = STRICT if rules.rules is RULES else RULES
        if start in restarts:
            gate = Gate(rules, log)
        rows: list[Row] = []
        expected = []
        for name, results in arrivals[start : start + batch]:
            value = search(name, results=results)
            offset = log.append(raw("search"), 0, NOW_MS, value)
            rows.append((raw("search"), 0, offset, NOW_MS, value))
            passes = rules.rules is RULES or results > 5
            expected.append("rejected" if not passes else "duplicate" if name in counted else "valid")
            if expected[-1] == "valid":
                counted.add(name)
        found = gate.judge(records(rows))
        assert found.verdict.tolist() == expected
        assert found.ruleset == rules.rules.hash
        log.counted |= {(p, o) for (_, p, o, *_), v in zip(rows, found.verdict, strict=True) if v == "valid"}


def test_rules_that_change_within_a_call_do_not_change_it() -> None:
    rules = Changing(RULES)

    class ChangingLog(MemoryLog):
        def read(self, stretches: Sequence[Stretch]) -> Iterator[Records]:
            rules.rules = STRICT
            return super().read(stretches)

    row: Row = (raw("search"), 0, 0, NOW_MS, search("a", results=1))
    found = Gate(rules, ChangingLog()).judge(records([row]))
    assert (found.verdict.tolist(), found.ruleset) == (["valid"], RULES.hash)


def test_a_reader_that_goes_back_judges_as_it_did() -> None:
    log = MemoryLog()
    rows = []
    for name in "abcabd":
        offset = log.append(raw("search"), 0, NOW_MS, search(name))
        rows.append((raw("search"), 0, offset, NOW_MS, search(name)))
    gate = Gate(Unchanging(RULES), log)
    whole = gate.judge(records(rows)).verdict.tolist()
    again = gate.judge(records(rows[2:])).verdict.tolist()
    assert whole == ["valid"] * 3 + ["duplicate"] * 2 + ["valid"]
    assert again == whole[2:]


def test_the_log_is_read_back_once_a_partition() -> None:
    log = MemoryLog()
    rows = [
        (
            raw("search"),
            partition,
            log.append(raw("search"), partition, NOW_MS, search(name)),
            NOW_MS,
            search(name),
        )
        for partition, name in ((0, "a"), (1, "b"), (0, "c"), (1, "d"))
    ]
    gate = Gate(Unchanging(RULES), log)
    for row in rows:
        gate.judge(records([row]))
    assert sorted(log.asked) == [(raw("search"), 0), (raw("search"), 1)]


@given(
    st.lists(st.lists(st.integers(0, 30), max_size=8), max_size=20),
)
def test_recent_ids_are_a_set(batches: list[list[int]]) -> None:
    memory, naive = RecentIds(HORIZON_MS), set()
    for batch in batches:
        expected = []
        for value in batch:
            expected.append(value in naive)
            naive.add(value)
        assert memory.add(np.array(batch, dtype=np.uint64), NOW_MS).tolist() == expected
    assert len(memory) == len(naive)


@pytest.mark.parametrize("batch", [1, 7, 3 * NEWEST])
def test_recent_ids_are_a_set_also_when_they_are_many(batch: int) -> None:
    memory, random = RecentIds(HORIZON_MS), np.random.default_rng(batch)
    ids = random.integers(0, 20 * NEWEST, 12 * NEWEST).astype(np.uint64) << np.uint64(49)
    _, first = np.unique(ids, return_index=True)
    seen = np.concatenate([memory.add(ids[i : i + batch], NOW_MS) for i in range(0, len(ids), batch)])
    assert np.flatnonzero(~seen).tolist() == sorted(first)
    assert len(memory) == len(first)
    assert memory.add(ids, NOW_MS + HORIZON_MS + 1).all()


def test_recent_ids_are_kept_for_the_horizon_and_forgotten_after_two() -> None:
    memory = RecentIds(HORIZON_MS)
    one = np.array([1], dtype=np.uint64)
    assert not memory.add(one, 0).any()
    assert memory.add(one, HORIZON_MS).all()
    memory.add(np.array([2], dtype=np.uint64), HORIZON_MS + 1)
    memory.add(np.array([3], dtype=np.uint64), 2 * HORIZON_MS + 3)
    assert not memory.add(one, 2 * HORIZON_MS + 4).any()


def test_an_id_is_its_own_in_every_topic_and_partition() -> None:
    rows: list[Row] = [(raw("search"), partition, 0, NOW_MS, search("a")) for partition in (0, 1)]
    rows += [(raw("pause"), 0, 0, NOW_MS, encode("pause", sound("pause", event_id="a")))]
    assert Gate(Unchanging(RULES), MemoryLog()).judge(records(rows)).verdict.tolist() == ["valid"] * 3


def test_no_records_have_no_verdicts() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert not len(
        Gate(Unchanging(RULES), MemoryLog()).judge(Records([], nothing, nothing, nothing, [])).verdict
    )
