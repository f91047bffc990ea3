"""`headwater quarantine`: what it prints, and what it refuses in one line."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from headwater import rule_versions, titles
from headwater.cli import app
from headwater.commands import quarantine_options, quarantine_replay
from headwater.errors import HeadwaterError
from headwater.quarantine.log import MemoryKafka
from headwater.traffic.delivery import wall_ms
from schemas import topics
from schemas.codec import encode
from schemas.events import EVENT_NAMES
from schemas.topics import HOUR_MS, PARTITIONS, REPLAYS
from tests.quarantine import quarantined
from tests.samples import sound

pytestmark = pytest.mark.unit


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> MemoryKafka:
    """Two hovers of now and a play of yesterday in quarantine, with brackets where markup would eat them."""
    now_ms = wall_ms()
    counts = {topics.raw(e): PARTITIONS for e in EVENT_NAMES} | {topics.quarantine(e): 1 for e in EVENT_NAMES}
    made = MemoryKafka(counts | {REPLAYS: 1})
    ago: list[tuple[int, Any]] = [
        (
            30 * HOUR_MS,
            quarantined("play", 1, 0, ["malformed"], b"\x00\x00\x00\x00\x01\x04e1[b]", key=b"[red]"),
        ),
        (
            1_000,
            quarantined(
                "hover", 0, 0, ["dwell_in_range"], hover(now_ms - 1_000, dwell_ms=-1), sliced="tv|BR|[x]"
            ),
        ),
        (900, quarantined("hover", 0, 1, ["country_iso"], hover(now_ms - 900), attempts=3)),
    ]
    for before_ms, held in ago:
        made.time_ms = now_ms - before_ms
        made.send(held.topic, held.key, held.value, headers=list(held.headers.items()))
    monkeypatch.setenv("HEADWATER_KAFKA", "memory:9092")
    monkeypatch.setattr(quarantine_options, "KafkaLog", lambda _: made)
    monkeypatch.setattr(quarantine_replay, "KafkaSink", lambda *_: made)
    monkeypatch.setattr(titles, "held", lambda _: {})
    monkeypatch.setattr(rule_versions, "history", lambda _: rule_versions.of([]))
    return made


def hover(time_ms: int, **changes: Any) -> bytes:
    return encode("hover", sound("hover", event_time=time_ms) | changes)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["quarantine", *map(str, arguments)])


def told(*arguments: str | Path) -> Any:
    ran = run(*arguments, "--json")
    assert ran.exit_code == 0, ran
    return json.loads(ran.stdout)


@pytest.mark.usefixtures("kafka")
def test_records_are_listed_newest_first() -> None:
    assert [record["id"] for record in told("list")] == ["hover/0/1", "hover/0/0", "play/0/0"]
    assert [record["id"] for record in told("list", "--since", "1h")] == ["hover/0/1", "hover/0/0"]
    assert [record["id"] for record in told("list", "--event", "play", "--event", "search")] == ["play/0/0"]
    assert [record["id"] for record in told("list", "--reason", "dwell_in_range")] == ["hover/0/0"]
    shown = run("list").stdout.splitlines()
    assert all(word in shown[0] for word in ("id", "ingested", "reasons", "ruleset", "slice", "attempts"))
    assert "tv|BR|[x]" in shown[2]
    assert "nothing of the kind" in run("list", "--event", "search").stderr
    assert told("list", "--event", "search") == []


@pytest.mark.usefixtures("kafka")
def test_a_record_is_shown(tmp_path: Path) -> None:
    shown = run("show", "hover/0/0").stdout
    words = ("dwell_ms BETWEEN 0 AND 600000", "device left alone", "dwell_ms  -1", "set aside by rules")
    assert all(word in shown for word in words), shown
    shown = run("show", "play/0/0", "--raw", tmp_path / "bytes").stdout
    assert all(word in shown for word in ("[red]", "00 00 00 00 01 04 65 31 5b 62 5d", "e1[b]", "malformed"))
    assert "member_id, at byte 9: " in shown
    assert (tmp_path / "bytes").read_bytes() == b"\x00\x00\x00\x00\x01\x04e1[b]"
    assert told("show", "play/0/0")["key"] == "[red]"
    assert "breaks no rule" not in shown


def test_a_terminal_obeys_nothing_that_is_shown(kafka: MemoryKafka) -> None:
    """Anybody may write an event; its words must not move the cursor of who looks at it."""
    evil = "\x1b[2J:heart:[bold]"
    held = quarantined("play", 0, 1, [evil], evil.encode(), evil.encode(), attempts=1, sliced=f"{evil}||")
    kafka.time_ms = wall_ms()
    kafka.send(held.topic, held.key, held.value, headers=[*held.headers.items(), (evil, evil.encode())])
    for arguments in (["list"], ["stats"], ["show", "play/0/1"], ["replay", "play/0/1", "--dry-run"]):
        shown = run(*arguments).stdout
        assert "\x1b" not in shown
        assert "[2J:heart:[bold]" in shown


@pytest.mark.usefixtures("kafka")
def test_stats_are_shown() -> None:
    assert told("stats")["reason"] == {"dwell_in_range": 1, "country_iso": 1}
    assert told("stats", "--since", "7d")["n"] == 3
    shown = run("stats", "--since", "7d").stdout
    assert "3 records set aside in the last 7d" in shown
    assert "by hour, up to" in shown
    assert all(word in shown for word in ("malformed", "not a rule", "validity", "[x]", "█"))


def test_a_replay_tells_what_it_does(kafka: MemoryKafka) -> None:
    dry = told("replay", "--since", "2d", "--dry-run")
    assert (dry["sent"], dry["given_up"], dry["forecast"]) == (2, 1, {"rejected": 2})
    assert [row["would_fail"] for row in dry["records"]] == [["malformed"], ["dwell_in_range"]]
    shown = run("replay", "--since", "2d", "--dry-run").stdout
    assert "would send 2 records" in shown
    assert "1 given up" in shown
    assert "the rules would say now: 2 rejected" in shown
    assert told("replay", "hover/0/1", "--max-attempts", "4")["sent"] == 1
    assert told("replay", "hover/0/1", "hover/0/0", "--max-attempts", "4")["already_replayed"] == 1
    assert "sent 1 records" in run("replay", "--event", "play").stdout
    sent = [(h.topic, h.partition, dict(h.headers)) for h in kafka.read(kafka.spans(["events.play"]))]
    assert sent == [("events.play", 1, {"attempts": b"1"})]
    assert told("show", "play/0/0")["replayed"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["show", "play"], "'play' is no id of a set-aside record"),
        (["show", "play/0/9"], "quarantine holds no play/0/9"),
        (["show", "hover/0/0", "--raw", "/no/such/file"], "--raw /no/such/file cannot be written"),
        (["list", "--event", "plya"], "there is no event type 'plya' (--event)"),
        (["list", "--since", "soon"], "--since soon is no duration"),
        (["stats", "--since", "0s"], "--since 0s is no duration"),
        (["replay"], "nothing is chosen"),
        (["replay", "play/0/0", "play/0/9"], "quarantine holds no play/0/9"),
    ],
)
@pytest.mark.usefixtures("kafka")
def test_what_cannot_be_used_is_one_line(arguments: list[str], problem: str) -> None:
    error = run(*arguments).exception
    assert isinstance(error, HeadwaterError)
    assert problem in str(error)
    assert os.linesep not in str(error)


def test_a_kafka_that_does_not_answer_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_KAFKA", "127.0.0.1:1")
    monkeypatch.setattr("headwater.quarantine.kafka_log._ANSWER_S", 0.5)
    error = run("list").exception
    assert isinstance(error, HeadwaterError)
    assert "Kafka at 127.0.0.1:1 (HEADWATER_KAFKA) does not answer" in str(error)
