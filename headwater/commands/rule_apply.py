"""``headwater rules apply``: put rules in force in gates that run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from headwater import consumers, rule_versions, settings
from headwater.commands.rule_changes import described, told
from headwater.commands.rule_files import texts
from headwater.commands.runtime import Json, say
from headwater.errors import HeadwaterError
from headwater.rule_versions import Version
from headwater.runtime.endpoints import kafka_of
from headwater.traffic.delivery import wall_ms
from validators.compare import compare
from validators.lint import Finding, lint
from validators.lint_streams import over_many_events
from validators.published import Published, RuleText, deciding, placed, proposed
from validators.source import RuleError

Given = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="Rule files, or directories of them.", show_default=False),
]
Only = Annotated[
    bool,
    typer.Option("--only", help="These files alone; else they join, or replace by name, those in force."),
]
ObserveFirst = Annotated[
    bool, typer.Option("--observe-first", help="Rules that are new or other than those in force only tell.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change and publish nothing.")]
Note = Annotated[str, typer.Option("--note", help="Why, for `headwater rules history`.")]


def apply(
    files: Given,
    only: Only = False,
    observe_first: ObserveFirst = False,
    note: Note = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Put rule files in force: gates that run judge by them within 5 s, without a restart.

    Each file takes the place of the one of its name in the set in force; the others stay. All of it is linted
    first, and refused with 1 if anything is found. With --observe-first, rules that are new or changed set
    nothing aside yet; apply the file again without it to make them bite.
    """
    kafka = address()
    before = rule_versions.history(kafka).in_force
    given, found = read(before.published, files, only)
    if found:
        refuse(found, as_json)
    after = propose(before.published, given, only, observe_first, note)
    changes = compare(before.rules, after.rules)
    same = (after.files, after.observe) == (before.published.files, before.published.observe)
    version = None if same or dry_run else rule_versions.publish(kafka, after)
    if as_json:
        print(
            json.dumps(
                _summary(before, after, version) | {"changes": [described(c) for c in changes]}, default=str
            )
        )
        return
    print(f"{before.rules.hash} in force, {_called(before.name)}\n{after.hash} proposed")
    for change in changes:
        print(told(change))
    if same:
        print("nothing differs from the set in force: nothing is published")
    elif not deciding(changes):
        print("no verdict changes: only what rules tell of themselves")
    if version is not None:
        print(f"applied as version {version}")


def address() -> str:
    """Where Kafka is. Raises HeadwaterError."""
    return kafka_of(settings.load())


def read(before: Published, paths: Sequence[Path], only: bool) -> tuple[list[RuleText], list[Finding]]:
    """Files to put into a set, and what is wrong with the set that they would make. Raises HeadwaterError."""
    named = texts(paths)
    for name, text in named:
        if over_many_events(name, text):
            raise HeadwaterError(
                f"{name} is of rules over many events, which are the plan of audit_streams and not reloaded",
                "leave it out, and submit that job again where they changed",
            )
    shown = {Path(name).name: name for name, _ in named}
    if len(shown) < len(named):
        raise HeadwaterError(
            "two files have the same name", "give one of them another: a set has each name once"
        )
    given = [RuleText(Path(name).name, text) for name, text in named]
    whole = [(shown.get(file.name, file.name), file.text) for file in placed(before, given, only)]
    return given, lint(whole, consumers.names())


def propose(
    before: Published, given: Sequence[RuleText], only: bool, observe_first: bool, note: str
) -> Published:
    """The set that clean files make of another. Raises HeadwaterError."""
    try:
        return proposed(before, given, only, observe_first, wall_ms(), note)
    except RuleError as error:
        raise HeadwaterError(str(error), "see `headwater rules lint`") from None


def refuse(found: Sequence[Finding], as_json: bool) -> None:
    """Tell what is wrong, and end with 1."""
    if as_json:
        print(json.dumps({"version": None, "findings": [asdict(finding) for finding in found]}))
    else:
        for finding in found:
            print(finding)
        say(f"{len(found)} findings: nothing is published")
    raise typer.Exit(1)


def _summary(before: Version, after: Published, version: str | None) -> dict[str, Any]:
    return {
        "before": {"version": before.name, "hash": before.rules.hash},
        "hash": after.hash,
        "version": version,
        "observe": after.observe,
        "findings": [],
    }


def _called(name: str) -> str:
    return name if name == rule_versions.SHIPPED else f"version {name}"
