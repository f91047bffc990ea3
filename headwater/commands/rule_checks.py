"""``headwater rules lint`` and ``test``: whether rules are sound, and what they say of events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Column, Table

from headwater import consumers
from headwater.commands import rule_mutants
from headwater.commands.rule_files import EventName, Files, event_lines, rule_set, texts
from headwater.commands.runtime import Json, say
from headwater.errors import HeadwaterError
from schemas.codec import encode
from schemas.events import EventType
from schemas.json_lines import Lines
from validators.evaluate import UNUSABLE
from validators.inspect import example_problems, first_line
from validators.jsonl import Event
from validators.judge import judge, names_of
from validators.lint import lint as findings_of
from validators.lint_rule import issues
from validators.ruleset import RULES_DIR, RuleSet
from validators.stream_ruleset import STREAM_RULES_DIR

EventFile = Annotated[
    Path | None, typer.Option("--event-file", help="Judge the events of this file, one JSON object a line.")
]
Mutants = Annotated[
    bool, typer.Option("--mutants", help="Change each rule in small ways: would its examples notice?")
]


def lint(files: Files = None, as_json: Json = False) -> None:
    """Find what is wrong with rule files, each thing with its line and a remedy.

    Besides what keeps a gate from starting: rules that never fail or never pass, rules that say the same, and
    names in `needed_by` that do not exist. Ends with 1 if there is anything.
    """
    given = texts(files or [RULES_DIR, STREAM_RULES_DIR])
    found = findings_of(given, consumers.names())
    if as_json:
        print(json.dumps([asdict(finding) for finding in found]))
    else:
        for finding in found:
            print(finding)
        say(f"{len(found)} findings in {len(given)} files")
    if found:
        raise typer.Exit(1)


def try_rules(
    files: Files = None,
    event_file: EventFile = None,
    event: EventName = None,
    mutants: Mutants = False,
    as_json: Json = False,
) -> None:
    """Try rules on their examples, or on the events of a file.

    An event is judged as the gate would, as if it came at its `ingestion_time`, or at its own time if it has
    none. With `--mutants` each rule is changed in small ways (a bound moved, a condition dropped) and its
    examples, and events with every kind of fault, must tell the change. Ends with 1 if an example does not do
    what its rule says of it, an event is rejected, a line is no event, or a mutant survives.
    """
    rules = rule_set(files)
    if event_file is None and event is not None:
        raise HeadwaterError("--event is given without --event-file", "give a file of events as well")
    if event_file is not None and mutants:
        raise HeadwaterError("--mutants is given with --event-file", "leave one of them out")
    if mutants:
        with _evaluable():
            tried = list(rule_mutants.tried(rules))
        failing = any(row["survivors"] for row in tried)
        shown = rule_mutants.table(tried)
    elif event_file is None:
        tried = list(_tried(rules))
        failing = any(row["problems"] for row in tried)
        shown = _examples_table(tried)
    else:
        kind, lines = event_lines(event_file, event)
        _check_readable(kind, rules)
        tried = list(_judged(kind, lines, rules))
        failing = any(row["verdict"] in ("rejected", "unreadable") for row in tried)
        shown = _events_table(tried)
    if as_json:
        print(json.dumps(tried))
    else:
        Console(highlight=False).print(shown)
    if failing:
        raise typer.Exit(1)


def _check_readable(event: EventType, rules: RuleSet) -> None:
    for rule in rules.rules[event.name]:
        for issue in issues(rule, event):
            if issue.level == "error" and issue.where[0] in ("when", "expect"):
                told = f"rule {rule.name} cannot be used: {issue.problem}"
                raise HeadwaterError(told, "see `headwater rules lint`")


@contextmanager
def _evaluable() -> Iterator[None]:
    try:
        yield
    except UNUSABLE as error:
        told = f"a rule cannot be evaluated: {first_line(error)}"
        raise HeadwaterError(told, "see `headwater rules lint`") from None


def _tried(rules: RuleSet) -> Iterator[dict[str, Any]]:
    for event, of_event in rules.rules.items():
        for rule in of_event:
            yield {
                "event": event,
                "rule": rule.name,
                "examples": len(rule.passes) + len(rule.fails),
                "problems": example_problems(event, rule),
            }


def _judged(event: EventType, lines: Lines[Event], rules: RuleSet) -> Iterator[dict[str, Any]]:
    """A row a line, in their order: its verdict and reasons, or why it is no event."""
    told = list(lines.told.values())
    ingestion = [e["event_time"] if (t := e.get("ingestion_time")) is None else t for e in told]
    frames = [encode(event.name, {n: v for n, v in e.items() if n != "ingestion_time"}) for e in told]
    every = {event.name: np.arange(len(frames))}
    judged = judge(every, frames, np.array(ingestion, dtype=np.int64), rules)
    rows = {number: ("unreadable", [why]) for number, why in lines.bad.items()}
    for number, verdict, reasons in zip(lines.told, judged.verdict, judged.reasons, strict=True):
        rows[number] = (verdict, names_of(reasons))
    for number, (verdict, why) in sorted(rows.items()):
        yield {"line": number, "verdict": verdict, "reasons": why}


def _examples_table(tried: list[dict[str, Any]]) -> Table:
    table = Table("event", Column("rule", overflow="fold"), "examples", "", box=None)
    for row in tried:
        told = "[red]fail[/]" if row["problems"] else "[green]pass[/]"
        table.add_row(row["event"], row["rule"], str(row["examples"]), told)
        for problem in row["problems"]:
            table.add_row("", f"  {_plain(problem)}")
    return table


def _events_table(judged: list[dict[str, Any]]) -> Table:
    table = Table("line", "verdict", Column("reasons", overflow="fold"), box=None)
    for row in judged:
        table.add_row(str(row["line"]), row["verdict"], _plain(", ".join(row["reasons"])))
    return table


def _plain(text: str) -> str:
    """Text in which brackets are no markup."""
    return text.replace("[", r"\[")
