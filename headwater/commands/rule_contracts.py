"""``headwater rules export`` and ``import``: rules as a data contract, and a data contract as rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from headwater.commands.rule_files import Files, rule_set, text
from headwater.commands.runtime import Json, say
from headwater.errors import HeadwaterError
from headwater.settings import load
from validators.contract import contract
from validators.contract_export import exported, to_yaml
from validators.contract_import import imported
from validators.source import RuleError, read
from validators.writing import rule_files

Out = Annotated[Path | None, typer.Option("--odcs", help="Write the contract there instead of printing it.")]
Given = Annotated[Path, typer.Argument(metavar="FILE", help="A data contract in YAML, of version 3.")]
To = Annotated[
    Path | None, typer.Option("--to", help="Write rule files into this directory instead of printing them.")
]


def export(files: Files = None, out: Out = None, as_json: Json = False) -> None:
    """Tell event types and rules as a data contract: Open Data Contract Standard, version 3.

    Each rule is a check of the engine `headwater`; what the standard has no field for (when, examples, who
    needs it) stands in its customProperties, so that `headwater rules import` gives the same rules again.
    """
    told = exported(rule_set(files), load().kafka)
    written = json.dumps(told, indent=2) + "\n" if as_json else to_yaml(told)
    if out is None:
        print(written, end="")
        return
    _write(out, written)


def import_(file: Given, to: To = None, as_json: Json = False) -> None:
    """Make rule files of a data contract, and tell what of it no rule can say.

    What this command exported comes back as it was. Of other contracts, rules are made of `required`, bounds,
    lengths, patterns and sets of values, each with examples. Events and fields go by their names.
    """
    try:
        told = contract(read(str(file), text(file)))
    except RuleError as error:
        raise HeadwaterError(str(error), "give a contract of the Open Data Contract Standard, v3") from None
    found = imported(told)
    files = rule_files(found.ruleset, f"From the data contract {told.id}, version {told.version}.")
    for line in found.unsaid:
        say(f"{file}: {line}")
    if to is not None:
        _into(to, files)
    if as_json:
        print(json.dumps({"ruleset": found.ruleset.hash, "files": files, "unsaid": found.unsaid}))
    elif to is None:
        for name, written in files.items():
            print(f"# {name}\n{written}")
    rules = {rule.model_dump_json() for of_event in found.rules.values() for rule in of_event}
    say(f"{len(rules)} rules, {len(found.unsaid)} things that no rule says")


def _into(directory: Path, files: dict[str, str]) -> None:
    if there := [name for name in files if (directory / name).exists()]:
        raise HeadwaterError(f"{directory / there[0]} exists already", "give --to a new directory")
    for name, written in files.items():
        _write(directory / name, written)


def _write(path: Path, written: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written, encoding="utf-8")
    except OSError as error:
        raise HeadwaterError(f"{path} cannot be written: {error.strerror}", "give another place") from None
