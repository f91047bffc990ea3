"""``headwater rules history`` and ``rollback``: which rules were in force, and back to them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from headwater import rule_versions
from headwater.commands.rule_apply import address
from headwater.commands.runtime import Json
from headwater.errors import HeadwaterError
from headwater.rule_versions import History, Version
from headwater.traffic.delivery import wall_ms
from validators.compare import compare

Show = Annotated[str | None, typer.Option("--show", metavar="VERSION", help="Print the files of a version.")]
Back = Annotated[
    str | None,
    typer.Argument(
        metavar="[VERSION]", help="As `headwater rules history` names it; the one before unless given."
    ),
]


def history(show: Show = None, as_json: Json = False) -> None:
    """Show every rule set that was put in force: when, its hash, what it changed, and which one is now."""
    found = rule_versions.history(address())
    if show is not None:
        _print(found.version(show), as_json)
    elif as_json:
        print(json.dumps({"versions": list(_rows(found)), "passed_over": dict(found.passed_over)}))
    else:
        _table(found)


def rollback(version: Back = None, as_json: Json = False) -> None:
    """Put an earlier rule set in force again, as a new version."""
    kafka = address()
    found = rule_versions.history(kafka)
    if version is None and len(found.versions) < 2:
        raise HeadwaterError("no rules were ever applied", "headwater rules apply")
    back_to = found.versions[-2] if version is None else found.version(version)
    now_ms = wall_ms()
    # What the hash covers may have changed since, and with it the hash.
    again = replace(
        back_to.published,
        hash=back_to.rules.hash,
        applied_at_ms=now_ms,
        note=f"rollback to {back_to.name}",
    )
    name = rule_versions.publish(kafka, again)
    if as_json:
        print(json.dumps({"version": name, "hash": again.hash, "rollback_to": back_to.name}))
    else:
        print(f"{again.hash} of version {back_to.name} is in force again, as version {name}")


def _rows(found: History) -> Iterator[dict[str, Any]]:
    before = found.versions[0]
    for version in found.versions:
        published = version.published
        kinds = Counter(change.kind for change in compare(before.rules, version.rules))
        yield {
            "version": version.name,
            "applied_at_ms": published.applied_at_ms,
            "hash": version.rules.hash,
            "added": kinds["added"],
            "removed": kinds["removed"],
            "changed": kinds["changed"],
            "observe": list(published.observe),
            "note": published.note,
            "in_force": version is found.in_force,
        }
        before = version


def _table(found: History) -> None:
    table = Table(
        "version", "when", "hash", "+", "-", "~", "observe", Column("note", overflow="fold"), "", box=None
    )
    for row in _rows(found):
        counts = (str(row[kind] or "") for kind in ("added", "removed", "changed"))
        observe = "\n".join(row["observe"])
        inforce = "[green]in force[/]" if row["in_force"] else ""
        when = _when(row["applied_at_ms"])
        note = row["note"].replace("[", r"\[")
        table.add_row(row["version"], when, row["hash"], *counts, observe, note, inforce)
    console = Console(highlight=False)
    console.print(table)
    for name, why in found.passed_over.items():
        console.print(f"version {name} is passed over: {why}", markup=False)


def _print(version: Version, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(version.published)))
        return
    for file in version.published.files:
        print(f"# {file.name}\n{file.text}")


def _when(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if at_ms else ""
