"""What the documents tell can be done, and what can be done is told."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import typer.main

from features.catalog import READABLE
from features.view import View
from headwater.cli import app
from headwater.jobs import JOBS
from headwater.runtime import checks
from headwater.settings import Settings
from headwater.traffic.faults import CATALOGUE
from schemas.events import EVENT_NAMES
from validators import ruleset, stream_ruleset
from validators.watch import catalog
from validators.watch.declare import Watch

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
#: Text in code, inline or in a block: there "headwater up" is a command and "make it" a target.
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#]+)\)")
RULES = ruleset.load().rules
WATCHES = catalog.load()
TOP = typer.main.get_command(app)


def command_lines() -> dict[str, tuple[str, set[str]]]:
    """Every command of the CLI, with the first sentence of its help and its options."""
    found = {}
    for name, command in TOP.commands.items():  # type: ignore[attr-defined]
        within = getattr(command, "commands", None) or {}
        for inner, leaf in within.items() or [("", command)]:
            options = {o for parameter in leaf.params for o in (*parameter.opts, *parameter.secondary_opts)}
            found[f"{name} {inner}".strip()] = leaf.help.split("\n\n")[0], options
    return found


COMMANDS = command_lines()


def code_of(document: str) -> str:
    return "\n".join(CODE.findall((ROOT / document).read_text()))


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_told_with_its_default(name: str) -> None:
    field = Settings.model_fields[name]
    default = "" if field.default is None else f"`{field.default}`"
    assert f"| `HEADWATER_{name.upper()}` | {default} | {field.description} |" in README.splitlines()


def test_the_machine_that_is_asked_for_is_the_one_that_doctor_looks_for() -> None:
    memory, disk = checks.ENOUGH_MEMORY_BYTES >> 30, checks.ENOUGH_DISK_BYTES >> 30
    assert f"{memory} GiB of free memory and {disk} GiB of disk" in README


@pytest.mark.parametrize("view", READABLE, ids=lambda view: view.id)
def test_every_view_is_told_with_what_it_is_for(view: View) -> None:
    assert f"| `{view.name}` | {', '.join(view.entity)} | {view.description} |" in README.splitlines()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_told_in_its_own_words(name: str) -> None:
    help_text = " ".join(COMMANDS[name][0].split())
    assert f"| `headwater {name}` | {help_text} |" in README.splitlines()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_that_is_told_exists(document: str) -> None:
    for said in re.findall(r"\bheadwater (?![.0-9])([^\n`#]*)", code_of(document)):
        words = said.split()
        name = next((n for n in (" ".join(words[:2]), words[0]) if n in COMMANDS), None)
        assert name, f"headwater {said}"
        options = {word.split("=")[0] for word in words if word.startswith("--")}
        assert options <= COMMANDS[name][1] | {"--help"}, f"headwater {said}"


def test_every_command_with_a_form_for_programs_is_told_by_its_name_or_its_groups() -> None:
    (sentence,) = re.findall(r"`--json` gives (.*?)\sin a form for programs", README, re.DOTALL)
    told = set(CODE.findall(sentence))
    able = {name for name, (_, options) in COMMANDS.items() if "--json" in options}
    names = {f"`{name}`" for name in able} | {f"`{name.split()[0]}`" for name in able}
    assert told <= names
    assert {name for name in able if not told & {f"`{name}`", f"`{name.split()[0]}`"}} == set()


def test_every_job_is_told_where_its_folder_is() -> None:
    (row,) = (line for line in README.splitlines() if line.startswith("| `flink_jobs/` |"))
    assert all(f"`{job}`" in row for job in JOBS)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_target_that_is_told_exists(document: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)", code_of(document))) <= targets


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_is_told_exists(document: str) -> None:
    named = set(LINK.findall((ROOT / document).read_text()))
    named |= set(re.findall(r"`((?:[a-z_]+/)+[a-z0-9_]+\.(?:py|lua|yaml|json|xml))`", code_of(document)))
    assert not [name for name in named if not name.startswith("http") and not (ROOT / name).exists()]


def test_every_reason_is_told() -> None:
    reasons = {rule.name for event in EVENT_NAMES for rule in RULES[event]}
    reasons |= {reason for fault in CATALOGUE for reason in fault.reasons}
    reasons |= {rule.name for rule in stream_ruleset.shipped()}
    assert not {reason for reason in reasons if f"`{reason}`" not in README}


@pytest.mark.parametrize("watch", WATCHES, ids=lambda watch: watch.name)
def test_every_watch_is_told(watch: Watch) -> None:
    # With its events, and the fields of those that watch one.
    (row,) = (line for line in README.splitlines() if line.startswith("|") and f"`{watch.name}`" in line)
    assert ("all" if watch.on == "*" else ", ".join(watch.on)) in row
    assert ("hard" in row) == (watch.severity == "hard")
    assert f"{watch.window_s // 60} min" in row
    assert getattr(watch, "field", "") in row


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.split(r"[<>=~!]", line)[0] for line in project["dependencies"]]
    architecture = (ROOT / "ARCHITECTURE.md").read_text()
    assert [n for n in names if f"\n| {n} | " not in architecture] == []
    development = [re.split(r"[<>=~!]", line)[0] for line in project["optional-dependencies"]["dev"]]
    assert [n for n in development if not re.search(rf"\b{n}\b", architecture)] == []
