"""What the forms in other engines share does what the hand-written loop does: verdicts, outputs, tiles."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import cast

import pytest
from confluent_kafka import Message, Producer

import tests.bench.peers
from headwater.errors import HeadwaterError
from headwater.traffic.generate import traffic
from headwater.traffic.population import make_world
from tests.bench.by_hand import ran
from tests.bench.figure import Row
from tests.bench.loop import Loop
from tests.bench.peers import __main__ as runner
from tests.bench.peers import job
from tests.bench.servers import Stack
from tests.bench.tiles import Tile
from tests.bench.totals import Totals
from tests.doubles import Read, Topics

pytestmark = pytest.mark.unit

SENT = list(traffic(make_world(Random(1), 200, 50), 500, 8, 1_780_000_000_000, seed=1, fault_rate=0.3))
LOCKS = sorted(Path(tests.bench.peers.__file__).parent.glob("*.lock"))


def test_the_duties_are_those_of_the_loop() -> None:
    passed_on = Topics()
    loop = Loop("redis://127.0.0.1:1", cast(Producer, passed_on))
    loop.take(cast(list[Message], [Read(sent, at) for at, sent in enumerate(SENT)]))

    verdicts: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    seen: set[str] = set()
    by_member: dict[tuple[str, int], Tile] = {}
    by_title: dict[tuple[str, int], Tile] = {}
    for sent in SENT:
        of = job.judge(sent.event, sent.key, sent.value, sent.due_ms)
        if of.record is not None and of.verdict in job.COUNTED:
            if of.record["event_id"] in seen:
                of = of._replace(verdict="duplicate")
            else:
                seen.add(of.record["event_id"])
                count(by_member, job.by_member(sent.event, of.record))
                if "title_id" in of.record:
                    count(by_title, job.by_title(sent.event, of.record))
        verdicts[f"{sent.event} {of.verdict}"] += 1
        topic, key, _ = job.passed_on(of)
        ends[topic] += 1
        # State in Quix is kept by the record's key.
        assert topic != "bench.valid" or str(key).encode() == sent.key

    assert verdicts == loop.verdicts
    assert ends == passed_on
    assert by_member == loop.by_member.tiles
    assert by_title == loop.by_title.tiles


def count(tiles: dict[tuple[str, int], Tile], share: job.Share) -> None:
    at = share.entity, job.tile_of(share)
    tiles[at] = job.merged(tiles.get(at), share)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_pins_all_by_hash_and_names_no_host(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    for pin in text.replace("\\\n", "").splitlines():
        assert "==" in pin, pin
        assert "--hash=sha256:" in pin, pin


def test_a_failure_says_why() -> None:
    with pytest.raises(HeadwaterError, match="no wheel for this Python"):
        ran([sys.executable, "-c", "import sys; sys.exit('one\\nno wheel for this Python')"])
    with pytest.raises(HeadwaterError, match="timed out"):
        ran([sys.executable, "-c", "import time; time.sleep(9)"], timeout=0.01)


def test_a_peer_that_cannot_be_had_is_a_row_and_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> Path:
        raise HeadwaterError(f"no wheel of {name} for this Python", "another Python")

    monkeypatch.setattr(runner, "python_of", none)
    (row,) = runner.peer("quix", cast(Stack, None), 1, 1.0, Totals({}, ()))
    assert row == Row("quix: no wheel of quix for this Python", "void", 0.0)


def test_a_peer_that_differs_is_void(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = {"cpu_s": 1.0}, Totals({"play valid": 2}, ())
    monkeypatch.setattr(runner, "python_of", Path)
    monkeypatch.setattr(runner, "usage", lambda _: {})
    monkeypatch.setattr(runner, "told_by", lambda *_: ended)
    stack = cast(Stack, SimpleNamespace(paths=None))
    (row,) = runner.peer("quix", stack, 1, 1.0, Totals({"play valid": 1}, ()))
    assert row.unit == "void"
