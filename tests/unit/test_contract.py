"""Rules go into a data contract and come back the same."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from open_data_contract_standard.model import OpenDataContractStandard
from typer.testing import CliRunner, Result

from headwater.cli import app
from headwater.errors import HeadwaterError
from schemas.events import EVENT_NAMES, EVENTS
from validators.contract import contract
from validators.contract_export import exported, to_yaml
from validators.contract_import import Imported, imported
from validators.lint import lint
from validators.rule import Rule
from validators.ruleset import RuleSet, load
from validators.source import read
from validators.writing import rule_files

pytestmark = pytest.mark.unit

RULES = load()
NAME = st.from_regex(r"[a-z][a-z0-9_]{1,47}", fullmatch=True)
#: Texts that YAML takes for something else, and any others.
TEXT = st.sampled_from(
    ["no", "on", "\x85", "\u2028 ", "1e3", "~", "2026-01-01", " x", "a: b", "# c", "é\n", "'"]
) | st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """A rule whose examples do what it says of them, about any text."""
    text = draw(TEXT)
    other = draw(TEXT.filter(lambda t: t != text))
    quoted = text.replace("'", "''")
    told = {
        "name": draw(NAME),
        "expect": f"country = '{quoted}'",
        "when": draw(st.sampled_from([None, "country IS NOT NULL"])),
        "on_null": draw(st.sampled_from(["pass", "fail"])),
        "severity": draw(st.sampled_from(["reject", "warn", "observe"])),
        "dimension": draw(st.sampled_from(["validity", "uniqueness", "accuracy", "completeness"])),
        "why": draw(TEXT) + " Because it must be.",
        "needed_by": draw(st.sampled_from([(), ("take",)])),
        "passes": [{"country": text}],
        "fails": [{"country": other}],
    }
    return Rule.model_validate(told)


sets = st.dictionaries(
    st.sampled_from(EVENT_NAMES), st.lists(rules(), max_size=3, unique_by=lambda r: r.name), max_size=4
)


def back(of: RuleSet) -> Imported:
    return imported(contract(read("c.yaml", to_yaml(exported(of)))))


def test_the_shipped_rules_come_back_the_same() -> None:
    found = back(RULES)
    assert found.ruleset.rules == RULES.rules
    assert found.ruleset.hash == RULES.hash
    assert found.unsaid == ["slaProperties: it is no matter of rules"]


@settings(max_examples=60, deadline=None)
@given(sets)
def test_any_rules_come_back_the_same(of_event: dict[str, list[Rule]]) -> None:
    given_rules = RuleSet({event: tuple(of_event.get(event, ())) for event in EVENT_NAMES})
    found = back(given_rules)
    assert found.ruleset.rules == given_rules.rules
    assert found.ruleset.hash == given_rules.hash


def test_the_export_is_what_the_standard_asks_for() -> None:
    told = yaml.safe_load(to_yaml(exported(RULES, kafka="kafka:9092")))
    jsonschema.Draft201909Validator(json.loads(OpenDataContractStandard.json_schema())).validate(told)
    model = OpenDataContractStandard.model_validate(told)
    assert [part.name for part in model.schema_ or ()] == list(EVENT_NAMES)
    for part in told["schema"]:
        assert [p["name"] for p in part["properties"]] == [c.name for c in EVENTS[part["name"]].columns]


def test_rule_files_of_an_import_are_the_same_set(tmp_path: Path) -> None:
    for name, text in rule_files(RULES, "x").items():
        (tmp_path / name).write_text(text)
    assert load(tmp_path).hash == RULES.hash
    assert lint([(p.name, p.read_text()) for p in tmp_path.iterdir()], {n for r in needs() for n in r}) == []


def needs() -> list[tuple[str, ...]]:
    return [rule.needed_by for of_event in RULES.rules.values() for rule in of_event]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["rules", *map(str, arguments)])


def test_the_commands_give_back_what_they_were_given(tmp_path: Path) -> None:
    out, to = tmp_path / "contract.yaml", tmp_path / "rules"
    assert run("export", "--odcs", out).exit_code == 0
    assert run("export").stdout == out.read_text()
    ran = run("import", out, "--to", to)
    assert ran.exit_code == 0
    assert (
        f"{len({rule.name for of in RULES.rules.values() for rule in of})} rules, 1 things that no rule says"
        in ran.stderr
    )
    assert load(to).hash == RULES.hash
    told = json.loads(run("import", out, "--json").stdout)
    assert told["ruleset"] == RULES.hash
    assert told["files"] == {path.name: path.read_text() for path in to.iterdir()}
    assert json.loads(run("export", "--json").stdout) == yaml.safe_load(out.read_text())
    error = run("import", out, "--to", to).exception
    assert isinstance(error, HeadwaterError)
    assert "exists already" in str(error)
    error = run("import", tmp_path / "none").exception
    assert isinstance(error, HeadwaterError)
    (tmp_path / "bad").write_text("kind: [")
    assert "is no YAML" in str(run("import", tmp_path / "bad").exception)
