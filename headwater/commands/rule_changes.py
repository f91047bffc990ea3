"""``headwater rules diff``: what changed in rules."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from headwater.commands.rule_files import rule_set
from headwater.commands.runtime import Json
from validators.compare import Change, compare

Before = Annotated[Path, typer.Argument(metavar="A", help="A rule file or a directory of them.")]
After = Annotated[Path, typer.Argument(metavar="B", help="What it has become.")]


def diff(before: Before, after: After, as_json: Json = False) -> None:
    """Show what differs between two sets of rules: added, removed, changed, and the two hashes.

    Ends with 1 if anything does. Of two sets with the same hash the verdicts are the same.
    """
    old, new = rule_set([before]), rule_set([after])
    changes = compare(old, new)
    if as_json:
        found = {"before": old.hash, "after": new.hash, "changes": [described(c) for c in changes]}
        print(json.dumps(found, default=str))
    else:
        print(f"{old.hash} {before}\n{new.hash} {after}")
        for change in changes:
            print(told(change))
    if changes:
        raise typer.Exit(1)


def described(change: Change) -> dict[str, Any]:
    """A change for a program."""
    return asdict(change) | {"fields": [field._asdict() for field in change.fields]}


def told(change: Change) -> str:
    """A change for people: a line, and one each field."""
    sign = {"added": "+", "removed": "-", "changed": "~"}[change.kind]
    lines = [f"{sign} {change.rule} ({', '.join(change.events)})"]
    lines += [f"    {f.field}: {_value(f.before)} -> {_value(f.after)}" for f in change.fields]
    return "\n".join(lines)


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
