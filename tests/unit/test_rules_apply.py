"""`headwater rules apply`, `history` and `rollback` on a topic in memory: what they publish and refuse."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from flink_jobs.kept_topic import Written
from headwater import rule_versions
from headwater.cli import app
from headwater.errors import HeadwaterError
from validators.published import Published
from validators.ruleset import RULES_DIR, load
from validators.stream_ruleset import STREAM_RULES_DIR

pytestmark = pytest.mark.unit

HOVER = (RULES_DIR / "hover.yaml").read_text()
SHORTER = HOVER.replace("600000", "500000")
TOLD = HOVER.replace("it would drown", "it may drown")


class Topic:
    """What was published; a record each."""

    def __init__(self, directory: Path) -> None:
        self.values: list[bytes | None] = []
        self.directory = directory

    def publish(self, kafka: str, published: Published) -> str:
        assert kafka == "memory:1"
        self.values.append(published.to_json())
        return str(len(self.values) - 1)

    def history(self, kafka: str) -> rule_versions.History:
        assert kafka == "memory:1"
        return rule_versions.of([Written(i, 0, value) for i, value in enumerate(self.values)])

    def file(self, text: str, name: str = "hover.yaml") -> str:
        path = self.directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return str(path)


@pytest.fixture
def topic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Topic:
    made = Topic(tmp_path)
    monkeypatch.setenv("HEADWATER_KAFKA", "memory:1")
    monkeypatch.setattr(rule_versions, "publish", made.publish)
    monkeypatch.setattr(rule_versions, "history", made.history)
    return made


def rules(*words: str) -> Result:
    return CliRunner().invoke(app, ["rules", *words])


def told(*words: str) -> Any:
    ran = rules(*words, "--json")
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


def test_a_changed_file_is_published_with_all_others_and_the_difference_is_told(topic: Topic) -> None:
    ran = rules("apply", topic.file(SHORTER), "--note", "too long")
    assert ran.exit_code == 0
    assert f"{load().hash} in force, shipped\n" in ran.stdout
    assert "~ dwell_in_range (hover)\n    expect: " in ran.stdout
    assert "applied as version 0" in ran.stdout
    (value,) = topic.values
    published = Published.from_json(value)
    assert {f.name for f in published.files} == {p.name for p in RULES_DIR.glob("*.yaml")}
    assert published.note == "too long"
    assert published.hash == published.rules.hash != load().hash


def test_a_dry_run_publishes_nothing(topic: Topic) -> None:
    found = told("apply", topic.file(SHORTER), "--dry-run")
    assert (topic.values, found["version"], [c["rule"] for c in found["changes"]]) == (
        [],
        None,
        ["dwell_in_range"],
    )


def test_what_does_not_differ_is_not_published_and_what_only_tells_is(topic: Topic) -> None:
    assert "nothing differs" in rules("apply", str(RULES_DIR)).stdout
    assert topic.values == []
    ran = rules("apply", topic.file(TOLD))
    assert "no verdict changes" in ran.stdout
    assert len(topic.values) == 1
    assert topic.history("memory:1").in_force.rules.hash == load().hash


def test_only_puts_these_files_alone_in_force(topic: Topic) -> None:
    found = told("apply", topic.file(SHORTER), "--only")
    assert {c["kind"] for c in found["changes"]} == {"changed", "removed"}
    assert [f.name for f in Published.from_json(topic.values[0]).files] == ["hover.yaml"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("on: [", "yaml"),
        (HOVER.replace("dwell_ms BETWEEN 0 AND 600000", "CAST(event_id AS INTEGER) = 1"), "type"),
        (HOVER.replace("dwell_ms BETWEEN 0 AND 600000", "1 = 2"), "always-fails"),
        (HOVER.replace("dwell_in_range", "country_iso"), "same-name"),
        (HOVER.replace("member_activity.", "member_activty."), "needed-by"),
    ],
)
def test_what_lint_finds_is_refused_before_it_is_published(topic: Topic, text: str, code: str) -> None:
    path = topic.file(text)
    ran = rules("apply", path)
    assert (ran.exit_code, topic.values) == (1, [])
    assert f"[{code}]" in ran.stdout
    assert any(line.startswith(path) for line in ran.stdout.splitlines())


@pytest.mark.parametrize("command", ["apply", "whatif"])
def test_what_lint_finds_is_told_to_programs(topic: Topic, command: str) -> None:
    ran = rules(command, topic.file("on: ["), "--json")
    assert (ran.exit_code, topic.values) == (1, [])
    assert "yaml" in [finding["code"] for finding in json.loads(ran.stdout)["findings"]]


@pytest.mark.parametrize("command", ["apply", "whatif"])
def test_rules_over_many_events_are_refused_by_name(topic: Topic, command: str) -> None:
    """One of their files has the name of a file of rules on one event, whose place it must not take."""
    of_many = str(STREAM_RULES_DIR / "playback.yaml")
    error = rules(command, topic.file(SHORTER), of_many).exception
    assert isinstance(error, HeadwaterError)
    assert re.fullmatch(r"\S*/playback.yaml is of rules over many events, .*: leave it out, .*", str(error))
    assert topic.values == []


def test_observed_rules_bite_once_their_file_is_applied_again(topic: Topic) -> None:
    path = topic.file(SHORTER)
    assert told("apply", path, "--observe-first")["observe"] == ["hover.dwell_in_range"]
    (rule,) = (
        r for r in json.loads(rules("list", "--live", "--json").stdout) if r["rule"] == "dwell_in_range"
    )
    assert rule["severity"] == "observe"
    assert "500000" in rules("explain", "dwell_in_range", "--live").stdout
    assert "500000" not in rules("explain", "dwell_in_range").stdout
    again = told("apply", path)
    assert (again["observe"], again["version"]) == ([], "1")
    assert [f["field"] for c in again["changes"] for f in c["fields"]] == ["severity"]


def test_history_tells_each_version_and_rollback_puts_one_in_force_again(topic: Topic) -> None:
    rules("apply", topic.file(SHORTER))
    topic.values.append(b"broken")
    rules("apply", topic.file(HOVER.replace("dwell_in_range", "dwelt")), "--observe-first")
    back = told("rollback")
    assert (back["version"], back["rollback_to"]) == ("3", "0")
    found = told("history")
    rows = [(v["version"], v["added"], v["removed"], v["changed"], v["in_force"]) for v in found["versions"]]
    assert rows == [
        ("shipped", 0, 0, 0, False),
        ("0", 0, 0, 1, False),
        ("2", 1, 1, 0, False),
        ("3", 1, 1, 0, True),
    ]
    assert list(found["passed_over"]) == ["1"]
    assert found["versions"][-1]["hash"] == found["versions"][1]["hash"]
    assert found["versions"][-1]["note"] == "rollback to 0"
    shown = rules("history").stdout
    assert "in force" in shown
    assert "version 1 is passed over: no published rules" in shown
    assert told("rollback", "shipped")["hash"] == load().hash
    assert "BETWEEN 0 AND 500000" in rules("history", "--show", "0").stdout
    assert told("history", "--show", "3")["note"] == "rollback to 0"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["rollback"], "no rules were ever applied"),
        (["rollback", "7"], "there is no version '7'"),
        (["history", "--show", "x"], "there is no version 'x'"),
        (["apply", "{tmp}/none.yaml"], "none.yaml cannot be read"),
        (["apply", "{tmp}"], "holds no rules"),
        (["whatif", "{tmp}/hover.yaml", "--last", "soon"], "--last: 'soon' is no duration"),
        (["whatif", "{tmp}/hover.yaml", "--event", "plya"], "there is no event type 'plya'"),
        (["apply", "{tmp}/hover.yaml", "{tmp}/b/hover.yaml"], "two files have the same name"),
    ],
)
def test_what_cannot_be_used_is_one_line(topic: Topic, words: list[str], problem: str) -> None:
    directory = topic.directory / "empty"
    directory.mkdir()
    if any("hover" in word for word in words):
        directory = topic.directory
        topic.file(HOVER)
        topic.file(HOVER, "b/hover.yaml")
    error = rules(*(word.replace("{tmp}", str(directory)) for word in words)).exception
    assert isinstance(error, HeadwaterError)
    assert problem in str(error)
    assert "\n" not in str(error)
    assert topic.values == []


def test_without_a_kafka_the_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_KAFKA", "127.0.0.1:1")
    error = rules("history").exception
    assert isinstance(error, HeadwaterError)
    assert "no Kafka answers at 127.0.0.1:1 (HEADWATER_KAFKA)" in str(error)
