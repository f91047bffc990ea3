"""`headwater rules`: what it prints, how it ends, and what it refuses in one line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flink_jobs import violations
from headwater.cli import app
from headwater.errors import HeadwaterError
from schemas.events import EVENT_NAMES
from tests.samples import SOUND, sound
from validators.ruleset import RULES_DIR, load
from validators.stream_rule import Kind
from validators.stream_ruleset import shipped

pytestmark = pytest.mark.unit

NAMES = sorted({rule.name for rules in load().rules.values() for rule in rules})
HOVER = (RULES_DIR / "hover.yaml").read_text()


def rules(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["rules", *map(str, arguments)])


def file(tmp_path: Path, text: str, name: str = "rules.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def lines(tmp_path: Path, *events: object) -> Path:
    return file(
        tmp_path, "".join(f"{e if isinstance(e, str) else json.dumps(e)}\n" for e in events), "e.jsonl"
    )


def test_the_list_has_every_rule_whole() -> None:
    ran = rules("list")
    assert ran.exit_code == 0
    assert all(name in ran.stdout for name in (*NAMES, "title_engagement.watched_share_mean"))
    told = {row["rule"]: row for row in json.loads(rules("list", "--json").stdout)}
    assert sorted(told) == NAMES
    assert told["country_iso"]["events"] == list(EVENT_NAMES)
    assert told["country_iso"]["needed_by"] == ["title_country_trending", "country_top", "take", "anomaly"]


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_is_explained_with_the_verdicts_of_its_examples(name: str) -> None:
    (told,) = json.loads(rules("explain", name, "--json").stdout)
    (rule,) = {id(r): r for r in load().rules[told["events"][0]] if r.name == name}.values()
    verdicts = [row["verdict"] for row in told["examples"]]
    assert verdicts == ["passes"] * len(rule.passes) + ["fails"] * len(rule.fails)
    shown = rules("explain", name).stdout
    assert " ".join(rule.why.split()) in " ".join(shown.split())
    assert all(word in shown for word in (name, *rule.needed_by))


def test_rules_over_many_events_have_a_list_of_their_own() -> None:
    told = {row["rule"]: row for row in json.loads(rules("list", "--streams", "--json").stdout)}
    assert sorted(told) == sorted(rule.name for rule in shipped())
    assert told["devices_at_once"]["kind"] == "concurrency"
    assert all(name in rules("list", "--streams").stdout for name in told)


@pytest.mark.parametrize("rule", shipped(), ids=lambda rule: rule.name)
def test_a_rule_over_many_events_is_explained_with_its_sql(rule: Kind) -> None:
    (told,) = json.loads(rules("explain", rule.name, "--json").stdout)
    verdicts = [row["verdict"] for row in told["examples"]]
    assert verdicts == ["passes"] * len(rule.passes) + ["fails"] * len(rule.fails)
    shown = rules("explain", rule.name).stdout
    assert "".join(rule.why.split()) in "".join(shown.split())
    assert told["sql"] in shown
    assert f"-- {rule.name}: " in told["sql"]
    assert told["sql"] in violations.view(shipped()), "what the job runs"


def test_the_schema_is_the_committed_one() -> None:
    assert rules("schema").stdout == (RULES_DIR / "schema.json").read_text()


def test_lint_ends_with_0_when_clean_and_1_with_findings(tmp_path: Path) -> None:
    assert rules("lint").exit_code == 0
    broken = file(tmp_path, HOVER.replace("dwell_ms BETWEEN", "dwel_ms BETWEEN"))
    ran = rules("lint", broken)
    assert ran.exit_code == 1
    assert "rules.yaml:5: error: rule dwell_in_range: hover has no dwel_ms" in ran.stdout
    told = json.loads(rules("lint", tmp_path, "--json").stdout)
    assert [(f["line"], f["code"]) for f in told] == [(5, "unknown-column")]


def test_a_file_under_the_working_directory_is_named_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file(tmp_path, "on: [")
    monkeypatch.chdir(tmp_path)
    assert rules("lint", tmp_path / "rules.yaml").stdout.startswith("rules.yaml:1: error: no YAML")


def test_examples_are_tried(tmp_path: Path) -> None:
    ran = rules("test")
    assert ran.exit_code == 0
    assert "fail" not in ran.stdout
    broken = file(tmp_path, HOVER.replace("dwell_ms: -1", "dwell_ms: 1"))
    ran = rules("test", broken)
    assert ran.exit_code == 1
    assert "{'dwell_ms': 1}" in ran.stdout
    (row,) = (of for of in json.loads(rules("test", broken, "--json").stdout) if of["problems"])
    assert row["problems"] == ["hover.dwell_in_range: example {'dwell_ms': 1} passes"]


def test_events_of_a_file_are_judged_as_the_gate_would(tmp_path: Path) -> None:
    now_ms: int = SOUND["event_time"]
    path = lines(
        tmp_path,
        sound("hover"),
        "{",
        sound("hover", country="br", dwell_ms=-1),
        "",
        sound("hover", dwel=3),
        sound("hover", ingestion_time=now_ms + 3_600_001),
        sound("hover", app_version=None),
    )
    ran = rules("test", "--event-file", path, "--event", "hover", "--json")
    told = {row["line"]: (row["verdict"], row["reasons"]) for row in json.loads(ran.stdout)}
    assert ran.exit_code == 1
    assert told.pop(2)[0] == "unreadable"
    assert told == {
        1: ("valid", []),
        3: ("rejected", ["country_iso", "dwell_in_range"]),
        5: ("unreadable", ["hover has no dwel: did you mean dwell_ms?"]),
        6: ("late", []),
        7: ("warned", ["app_version_shape"]),
    }
    shown = rules("test", "--event-file", path, "--event", "hover").stdout
    assert "country_iso, dwell_in_range" in shown
    sound_only = lines(tmp_path, sound("hover"))
    assert rules("test", "--event-file", sound_only, "--event", "hover").exit_code == 0


def test_a_difference_is_told_and_ends_with_1(tmp_path: Path) -> None:
    assert rules("diff", RULES_DIR, RULES_DIR).exit_code == 0
    before, after = (
        file(tmp_path, HOVER, "a.yaml"),
        file(tmp_path, HOVER.replace("600000\n", "700000\n"), "b.yaml"),
    )
    ran = rules("diff", before, after)
    assert ran.exit_code == 1
    assert "~ dwell_in_range (hover)\n    expect: dwell_ms BETWEEN 0 AND 600000 -> " in ran.stdout
    told = json.loads(rules("diff", before, after, "--json").stdout)
    assert told["before"] == load(before).hash != told["after"] == load(after).hash
    assert [c["rule"] for c in told["changes"]] == ["dwell_in_range"]


def test_what_is_suggested_can_be_linted(tmp_path: Path) -> None:
    events = [sound("hover", dwell_ms=i) for i in range(100)]
    sample = lines(tmp_path, *events, "{")
    ran = rules("suggest", "--from", sample, "--event", "hover")
    assert f"{sample}:101: no JSON" in ran.stderr
    assert "dwell_ms BETWEEN 0 AND 99" in ran.stdout
    assert rules("lint", file(tmp_path, ran.stdout)).exit_code == 0
    told = json.loads(rules("suggest", "--from", sample, "--event", "hover", "--json").stdout)
    assert (told["events"], told["bad_lines"]) == (100, 1)
    assert all(s["interval"][0] <= s["failing"] / s["tried"] <= s["interval"][1] for s in told["rules"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["explain", "contry_iso"], "there is no rule 'contry_iso': did you mean country_iso?"),
        (["lint", "{tmp}/none.yaml"], "none.yaml cannot be read: No such file"),
        (["lint", "{tmp}"], "holds no rules"),
        (["lint", "{tmp}/bytes"], "bytes is no text"),
        (["test", "{tmp}/bytes"], "bytes is no text"),
        (["test", "{tmp}/broken"], "see `headwater rules lint`"),
        (["test", "--event", "play"], "--event is given without --event-file"),
        (["test", "--event-file", "{tmp}/none"], "--event is not given: use one of play, pause"),
        (
            ["test", "--event-file", "{tmp}/none", "--event", "plya"],
            "there is no event type 'plya' (--event)",
        ),
        (["test", "--event-file", "{tmp}/none", "--event", "play"], "none cannot be read"),
        (["diff", "{tmp}/none", "{tmp}/none"], "none cannot be read"),
        (["suggest", "--from", "{tmp}", "--event", "play"], "Is a directory"),
    ],
)
def test_what_cannot_be_used_is_one_line(tmp_path: Path, arguments: list[str], told: str) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "broken").write_text("on: [")
    error = rules(*(a.replace("{tmp}", str(tmp_path)) for a in arguments)).exception
    assert isinstance(error, HeadwaterError)
    assert told in str(error)
    assert "\n" not in str(error)
    assert os.linesep not in error.remedy


@pytest.mark.parametrize(
    "expect",
    ["nonsense(", "no_such = 1", "country > 3", "dwell_ms + 1", "CAST(country AS INTEGER) = 1", "''"],
)
@pytest.mark.parametrize("command", ["lint", "test", "diff"])
def test_no_expression_makes_a_trace_back(tmp_path: Path, command: str, expect: str) -> None:
    broken = file(tmp_path, HOVER.replace("dwell_ms BETWEEN 0 AND 600000", json.dumps(expect)))
    ran = rules(command, broken, *([RULES_DIR] if command == "diff" else []))
    assert ran.exit_code == 1
    assert isinstance(ran.exception, SystemExit)
    path = lines(tmp_path, sound("hover"))
    judged = rules("test", broken, "--event-file", path, "--event", "hover")
    assert isinstance(judged.exception, SystemExit | HeadwaterError)
