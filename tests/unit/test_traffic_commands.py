"""`headwater generate`: what it prints, writes and refuses; and the speeds that a replay refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from headwater.cli import app
from headwater.errors import HeadwaterError
from headwater.traffic.delivery import MemorySink
from headwater.traffic.faults import CATALOGUE
from schemas.topics import TITLES, raw

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def sink(monkeypatch: pytest.MonkeyPatch) -> MemorySink:
    sink = MemorySink()
    monkeypatch.setattr("headwater.commands.traffic.KafkaSink", lambda *_: sink)
    return sink


def generate(*options: str) -> Result:
    small = ["--rate", "50", "--seconds", "1", "--members", "50", "--titles", "20", "--kafka", "k:1"]
    return CliRunner().invoke(app, ["generate", *small, *options])


def test_the_truth_is_what_was_sent(sink: MemorySink, tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    # So many that somebody hovers and somebody plays, whatever the hour of the day.
    ran = generate("--rate", "200", "--faults", "0.2", "--json", "--truth", str(path))
    told, written = json.loads(ran.stdout), json.loads(path.read_text())
    assert ran.exit_code == 0
    events = [topic for topic, _, _ in sink.sent if topic != TITLES]
    assert told["sent"] == len(events) >= 200
    # The catalogue comes first.
    assert {topic for topic, _, _ in sink.sent[: len(sink.sent) - len(events)]} == {TITLES}
    assert len(written.pop("records")) == sum(row["valid"] for row in told["outcomes"].values())
    assert written.pop("misdeeds") == []
    assert {of: len(chances) > 0 for of, chances in written.pop("chances").items()} == {
        "take": True,
        "completion": True,
    }
    assert written == told


def test_people_get_a_line_and_the_faults() -> None:
    ran = generate("--faults", "1")
    assert ran.stdout.startswith("sent ")
    assert "quarantined" in ran.stdout
    told = dict(line.strip().split(": ") for line in ran.stdout.splitlines()[1:])
    assert {fault.name for fault in CATALOGUE} >= told.keys() != set()


def test_only_the_types_that_are_asked_for_are_sent(sink: MemorySink) -> None:
    assert generate("--events", "rating,seek").exit_code == 0
    assert {topic for topic, _, _ in sink.sent if topic != TITLES} == {raw("rating"), raw("seek")}


@pytest.mark.parametrize("told", ["stream_start", "play,", "plays", ""])
def test_types_that_nobody_makes_are_one_line(told: str, sink: MemorySink) -> None:
    error = generate("--events", told).exception
    assert isinstance(error, HeadwaterError)
    assert "--events names" in str(error)
    assert sink.sent == []


def test_a_truth_that_cannot_be_written_is_told_before_anything_is_sent(
    sink: MemorySink, tmp_path: Path
) -> None:
    error = generate("--truth", str(tmp_path / "none" / "truth.json")).exception
    assert isinstance(error, HeadwaterError)
    assert "--truth" in str(error)
    assert sink.sent == []


@pytest.mark.parametrize(
    "bad", [("--rate", "0"), ("--faults", "1.1"), ("--faults", "nan"), ("--seconds", "x"), ("--members", "0")]
)
def test_impossible_options_are_usage_errors(bad: tuple[str, str]) -> None:
    ran = generate(*bad)
    assert ran.exit_code == 2
    assert bad[0] in ran.stderr


@pytest.mark.parametrize("speed", ["inf", "1e-300"])
def test_a_speed_at_which_no_time_can_be_told_is_one_line(speed: str) -> None:
    error = CliRunner().invoke(app, ["replay", "ratings.csv", "--speed", speed]).exception
    assert isinstance(error, HeadwaterError)
    assert str(error) == f"--speed is {speed}: give a number from 0.001, or 0 for at once"


@pytest.mark.parametrize("speed", ["nan", "-1", "fast"])
def test_a_speed_that_is_out_of_range_is_a_usage_error(speed: str) -> None:
    ran = CliRunner().invoke(app, ["replay", "ratings.csv", "--speed", speed])
    assert ran.exit_code == 2
    assert "--speed" in ran.stderr
