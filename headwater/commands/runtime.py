"""``headwater up``, ``down`` and ``doctor``: the local Kafka, Redis and Flink."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from headwater import daemon
from headwater.runtime import checks, stack
from headwater.settings import load

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for a program to read.")]
_COLOURS = {"ok": "green", "warn": "yellow", "missing": "red"}


def say(message: str) -> None:
    """Progress goes to stderr: stdout is the answer."""
    print(message, file=sys.stderr, flush=True)


def up(as_json: Json = False) -> None:
    """Start Kafka, Redis and Flink here and create the topics.

    What runs already is left alone and what died is started again, so it may be repeated at any time.
    A service whose address is given (HEADWATER_KAFKA, HEADWATER_REDIS, HEADWATER_FLINK) is used as it is.
    """
    began_s = time.monotonic()
    settings = load()
    found = asdict(stack.up(settings, say))
    daemon.start(settings)
    if as_json:
        print(json.dumps(found))
        return
    for service, address in found.items():
        print(f"{service:6} {address}")
    say(f"up after {time.monotonic() - began_s:.1f} s")


def down() -> None:
    """Stop what `headwater up` started, running jobs included.

    Topics, features and checkpoints stay in the runtime directory; delete it to forget them.
    """
    settings = load()
    daemon.stop(settings)
    if not stack.down(settings, say):
        print("nothing was running")


def doctor(as_json: Json = False) -> None:
    """Check that this machine can run Headwater, with a remedy for each thing that is missing.

    Exits with 2 if something needed is missing.
    """
    findings = checks.examine(load())
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings]))
    else:
        table = Table("check", "status", "detail", "remedy", box=None)
        for finding in findings:
            colour = _COLOURS[finding.status]
            table.add_row(finding.check, f"[{colour}]{finding.status}[/]", finding.detail, finding.remedy)
        Console().print(table)
    if any(finding.status == "missing" for finding in findings):
        raise typer.Exit(2)
