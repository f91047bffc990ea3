"""``headwater quarantine stats``: how many records were set aside, by what may tell why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from headwater.commands.quarantine_options import log, rules, since_ms
from headwater.commands.quarantine_progress import reading
from headwater.commands.runtime import Json, say
from headwater.quarantine.choose import Wanted, chosen
from headwater.quarantine.hexdump import printable
from headwater.quarantine.stats import Stats, read_since, shares, sparkline, tally
from schemas.topics import HOUR_MS

_TOP = 5
_MOST_HOURS = 72
_WIDTH = 30

Since = Annotated[str, typer.Option("--since", help="Of the last 10m, 1h, 7d and so on.")]


def stats(since: Since = "24h", as_json: Json = False) -> None:
    """Count set-aside records by event type, reason, dimension, slice, rule set and hour.

    The share is that of all records that the broker took in the same time, where it still has all of them
    (events.* are kept for 3 days). A record with several reasons counts for each.
    """
    wanted = Wanted(since_ms=since_ms(since))
    topics = log()
    spans = topics.spans(wanted.topics, wanted.since_ms)
    read = read_since(topics, wanted.since_ms)
    with reading(sum(s.stop - s.start for s in spans), "reading") as tick:
        records = (record for _, record in chosen(tick(topics.read(spans)), wanted))
        found = tally(records, rules())
    told = {"since": since, **found.to_json(), "read": read, "share": shares(found, read)}
    if as_json:
        print(json.dumps(told))
    elif found.n:
        _show(told, found, Console(highlight=False))
    else:
        say(f"nothing was set aside in the last {since}")


def _show(told: dict[str, Any], found: Stats, console: Console) -> None:
    console.print(f"[bold]{found.n:,}[/] records set aside in the last {told['since']}")
    hours = range(min(found.hour_ms), max(found.hour_ms) + 1, HOUR_MS)[-_MOST_HOURS:]
    if len(hours) > 1:
        console.print(
            f"by hour, up to {max(found.hour_ms.values()):,}: {sparkline(found.hour_ms[h] for h in hours)}"
        )
    share = {e: "" if s is None else f"{s:.2%} of {told['read'][e]:,}" for e, s in told["share"].items()}
    _bars(console, "event", told["event"], found.n, share)
    for by in ("reason", "dimension", "ruleset"):
        _bars(console, by, told[by], found.n)
    for kind, values in told["slice"].items():
        _bars(console, kind, dict(list(values.items())[:_TOP]), found.n)
    if set(found.attempts) != {0}:
        _bars(console, "attempts", told["attempts"], found.n)


def _bars(
    console: Console, by: str, counts: Mapping[Any, int], total: int, more: Mapping[str, str] | None = None
) -> None:
    table = Table(
        Column(by, min_width=28), Column("", justify="right"), Column("", min_width=_WIDTH), "", box=None
    )
    for name, n in counts.items():
        table.add_row(
            Text(printable(str(name)) or "(none)"),
            f"{n:,}",
            "█" * max(1, round(_WIDTH * n / total)),
            (more or {}).get(name, ""),
        )
    console.print(table)
