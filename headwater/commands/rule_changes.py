"""``headwater rules diff`` and ``suggest``: what changed in rules, and what events suggest."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from headwater.commands.rule_files import EventName, event_lines, rule_set
from headwater.commands.runtime import Json, say
from validators.compare import Change, compare
from validators.suggest import suggest as suggestions_of
from validators.suggest import to_yaml

Before = Annotated[Path, typer.Argument(metavar="A", help="A rule file or a directory of them.")]
After = Annotated[Path, typer.Argument(metavar="B", help="What it has become.")]
Sample = Annotated[Path, typer.Option("--from", help="A file of events, one JSON object a line.")]


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


def suggest(sample: Sample, event: EventName = None, as_json: Json = False) -> None:
    """Propose rules from a sample of events, as a rule file to correct and keep.

    Bounds are robust quantiles, sets are of values that are not rare. Each says on how much of the sample it
    holds, and between which shares of all events would fail (Wilson's score interval, 95%).
    """
    kind, lines = event_lines(sample, event)
    for number, why in lines.bad.items():
        say(f"{sample}:{number}: {why}")
    events = list(lines.events.values())
    found = suggestions_of(kind, events)
    if not as_json:
        print(to_yaml(kind, found, len(events)), end="")
        return
    rules = [
        {
            "rule": s.rule.model_dump(mode="json"),
            "tried": s.tried,
            "failing": s.failing,
            "interval": s.interval,
        }
        for s in found
    ]
    print(
        json.dumps({"event": kind.name, "events": len(events), "bad_lines": len(lines.bad), "rules": rules})
    )


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
