"""Replays: bytes stay, each record goes once, attempts end, and what cannot be cured is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.quarantine.choose import Wanted, chosen
from headwater.quarantine.forecast import Forecast, forecast
from headwater.quarantine.log import MemoryKafka
from headwater.quarantine.record import Held, told
from headwater.quarantine.replay import ATTEMPTS, Ground, Pace, Report, ground, replay
from schemas import topics
from schemas.codec import encode
from schemas.events import EVENT_NAMES
from schemas.topics import MAX_DATUM_BYTES, PARTITIONS, REPLAYS
from tests.quarantine import quarantined
from tests.samples import SOUND, sound
from validators import ruleset

pytestmark = pytest.mark.unit

NOW_MS: int = SOUND["event_time"]
RAW = [topics.raw(e) for e in EVENT_NAMES]


@dataclass
class Clock:
    """A clock that only sleeping moves."""

    s: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now_s(self) -> float:
        return self.s

    def sleep_s(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.s += seconds


def pace(rate_per_s: int = 1_000) -> Pace:
    clock = Clock()
    return Pace(rate_per_s, clock.now_s, clock.sleep_s)


class World(MemoryKafka):
    """The topics, and a gate that passes the values it is told to and sets aside all others."""

    def __init__(self) -> None:
        quarantines = [topics.quarantine(e) for e in EVENT_NAMES]
        counts = dict.fromkeys(RAW, PARTITIONS) | dict.fromkeys(quarantines, 1) | {REPLAYS: 1}
        super().__init__(counts, NOW_MS)
        self.passes: set[bytes] = set()
        self.passed: Counter[bytes] = Counter()
        self._at: Counter[tuple[str, int]] = Counter()

    def judge_all(self) -> None:
        for span in self.spans(RAW):
            lane = span.topic, span.partition
            for held in self.read([span._replace(start=self._at[lane])]):
                if held.value is not None and held.value in self.passes:
                    self.passed[held.value] += 1
                else:
                    self.set_aside(held)
            self._at[lane] = span.stop

    def set_aside(self, raw: Held) -> None:
        of = topics.event_of(raw.topic)
        made = quarantined(of, raw.partition, raw.offset, ("malformed",))
        handed_on = {ATTEMPTS: raw.headers[ATTEMPTS]} if ATTEMPTS in raw.headers else {}
        headers = [*made.headers.items(), *handed_on.items()]
        self.send(made.topic, raw.key, raw.value, headers=headers)

    def replay(self, max_attempts: int = 3, **more: Any) -> Report:
        wanted, report = Wanted(), Report()
        records = chosen(self.read(self.spans(wanted.topics)), wanted)
        on = ground(self, RAW, max_attempts)
        for _ in replay(records, on, self, pace(), report, **more):
            pass
        return report

    def values(self, names: Sequence[str]) -> Counter[Any]:
        return Counter((h.key, h.value) for h in self.read(self.spans(names)))


Sendings = st.lists(
    st.tuples(st.sampled_from(RAW), st.integers(0, PARTITIONS - 1), st.integers(0, 40)), max_size=20
)


def world_of(sendings: list[tuple[str, int, int]]) -> World:
    world = World()
    for topic, partition, n in sendings:
        world.send(topic, f"m{n}".encode(), f"v{n}".encode() if n else None, partition)
        world.time_ms += 1
    world.judge_all()
    return world


@given(Sendings, st.integers(1, 4))
def test_a_replay_ends(sendings: Any, max_attempts: int) -> None:
    world = world_of(sendings)
    sent = world.values(RAW)
    for _ in range(max_attempts):
        assert world.replay(max_attempts).fates["sent"] == len(sendings)
        world.judge_all()
    for _ in range(2):
        assert world.replay(max_attempts).fates == Counter(
            sent=0, given_up=len(sendings), already_replayed=max_attempts * len(sendings)
        ) - Counter(sent=0)
        world.judge_all()
    assert world.values(RAW) == Counter({what: n * (1 + max_attempts) for what, n in sent.items()})
    attempts = Counter(h.headers.get(ATTEMPTS) for h in world.read(world.spans(RAW)))
    assert set(attempts.values()) <= {len(sendings)}


@given(Sendings, st.sets(st.integers(0, 40)))
def test_what_passes_passes_once_and_bytes_stay(sendings: Any, good: set[int]) -> None:
    world = world_of(sendings)
    world.passes = {f"v{n}".encode() for n in good if n}
    for _ in range(5):
        world.replay()
        world.judge_all()
    expected = Counter(f"v{n}".encode() for _, _, n in sendings if n in good and n)
    assert world.passed == expected


def test_it_goes_where_it_came_from() -> None:
    world = world_of([(RAW[0], 2, 1), (RAW[3], 1, 2)])
    world.replay()
    again = [h for h in world.read(world.spans(RAW)) if h.headers]
    assert {(h.topic, h.partition, h.key, h.value) for h in again} == {
        (RAW[0], 2, b"m1", b"v1"),
        (RAW[3], 1, b"m2", b"v2"),
    }
    assert all(h.headers == {"attempts": b"1"} for h in again)


def test_a_record_that_was_not_marked_goes_again() -> None:
    """The sender died between sending and marking: twice is better than never."""
    world = world_of([(RAW[0], 0, 1)])
    marks = ground(world, RAW, 3).replayed
    assert world.replay().fates["sent"] == 1
    records = list(chosen(world.read(world.spans([topics.quarantine("play")])), Wanted()))
    report = Report()
    list(replay(records, Ground({RAW[0]: PARTITIONS}, marks, 3), world, pace(), report))
    assert report.fates["sent"] == 1


@pytest.mark.parametrize(
    ("changed", "fate"),
    [
        ({}, "sent"),
        ({"key": None}, "null_key"),
        ({"value": b"x" * (MAX_DATUM_BYTES + 1)}, "oversize"),
        ({"value": b"x" * MAX_DATUM_BYTES}, "sent"),
        ({"key": b"x" * (4 << 20)}, "oversize"),
        ({"event": "hover"}, "no_topic"),
        ({"partition": 4}, "no_topic"),
        ({"attempts": 2}, "sent"),
        ({"attempts": 3}, "given_up"),
    ],
)
def test_what_cannot_be_cured_is_told(changed: dict[str, Any], fate: str) -> None:
    held = quarantined(**{"event": "play", "partition": 3, "offset": 5, "reasons": ["malformed"]} | changed)
    on = Ground({"events.play": 4}, set(), 3)
    assert on.fate(held, told(held)) == fate


def test_a_record_without_headers_is_told() -> None:
    held = Held("quarantine.play", 0, 0, 1, b"k", b"v", {})
    assert Ground({"events.play": 4}, set(), 3).fate(held, told(held)) == "no_topic"


def test_a_dry_run_sends_nothing_and_says_the_same() -> None:
    world = world_of([(RAW[0], 0, n) for n in range(1, 8)])
    before, dry = world.values([*RAW, REPLAYS]), Report()
    records = list(chosen(world.read(world.spans(Wanted().topics)), Wanted()))
    chunks = list(replay(records, ground(world, RAW, 3), None, pace(), dry))
    assert world.values([*RAW, REPLAYS]) == before
    assert [sent.record for chunk in chunks for sent in chunk] == [record for _, record in records]
    assert dry == world.replay()


def test_a_limit_and_a_forecast() -> None:
    world = world_of([(RAW[0], 0, n) for n in range(1, 11)])

    def odd_passes(records: list[Held]) -> list[Forecast]:
        return [Forecast("valid" if h.value and h.value[-1] % 2 else "rejected", ()) for h in records]

    report = world.replay(judge=odd_passes, only_passing=True, limit=3)
    assert (report.fates["sent"], report.fates["would_fail"]) == (3, 2)
    assert report.forecast == Counter(valid=3, rejected=2)
    assert world.replay(limit=100).fates == Counter(sent=7, already_replayed=3)


@pytest.mark.parametrize(("rate", "records"), [(1, 3), (10, 25), (700, 1_500)])
def test_it_is_no_faster_than_asked(rate: int, records: int) -> None:
    world = world_of([(RAW[0], 0, n) for n in range(1, records + 1)])
    clock, report = Clock(), Report()
    found = chosen(world.read(world.spans(Wanted().topics)), Wanted())
    on = ground(world, RAW, 3)
    chunks = list(replay(found, on, world, Pace(rate, clock.now_s, clock.sleep_s), report))
    assert clock.s == pytest.approx(records / rate)
    assert max(map(len, chunks)) <= rate


def test_a_forecast_is_the_verdict_of_the_gate() -> None:
    rules = ruleset.load()
    hour_ms = 3_600_000
    frames = {
        "valid": encode("play", sound("play")),
        "late": encode("play", sound("play", event_time=NOW_MS - hour_ms - 1)),
        "warned": encode("play", sound("play", app_version="nightly")),
        "rejected": encode("play", sound("play", event_time=NOW_MS + 60_001)),
    }
    records = [quarantined("play", 0, i, ("x",), value) for i, value in enumerate(frames.values())]
    records += [quarantined("hover", 0, 9, ("x",), None)]
    found = forecast(records, NOW_MS, rules)
    assert [f.verdict for f in found] == [*frames, "rejected"]
    assert [f.passes for f in found] == [True, True, True, False, False]
    assert found[3].reasons == ("not_from_the_future",)
    assert found[4].reasons == ("empty_value",)
    assert forecast(records, NOW_MS + 2, rules)[3].passes
