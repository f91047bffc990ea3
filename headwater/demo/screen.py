"""What the demo shows: progress while it runs, and a summary at the end."""

from __future__ import annotations

from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from headwater.commands.status import ledger_table
from headwater.demo.probes import Freshness
from headwater.demo.run import WARM_UP_S, Load, Result
from headwater.feature_text import shown


def live(load: Load, found: dict[str, Any], freshness: Freshness, elapsed_s: float) -> RenderableType:
    """One frame: how far, what became of the events, how fresh, what lags."""
    seconds = load.seconds + WARM_UP_S
    done = min(1.0, elapsed_s / seconds)
    bar = f"[{'█' * round(done * 40):·<40}] {min(elapsed_s, seconds):3.0f} of {seconds:.0f} s"
    lag = "   ".join(f"{job} {n:,}" for job, n in found["lag"].items())
    return Panel(
        Group(
            Text(f"{bar}   {load.rate:,} events/s, {load.faults:.0%} of them faulty\n"),
            ledger_table(found["ledger"]),
            Text(f"\nsent → readable   {_freshness(freshness)}"),
            Text(f"not yet committed {lag}"),
            Text(f"set aside for     {_top(found['reasons'], 4)}"),
        ),
        title="headwater demo",
        title_align="left",
    )


def summary(console: Console, result: Result, load: Load, examples: list[dict[str, Any]]) -> None:
    """What came of it, a few features, and where to look next."""
    console.print("\n[bold]What became of every event[/] (all runs since the jobs began)")
    console.print(ledger_table(result.ledger))
    console.print("\n[bold]This run, against what was sent[/]")
    console.print(_against(result))
    console.print("\n[bold]Set aside, by reason[/]")
    reasons = Table(box=None, show_header=False)
    for name, n in result.reasons.items():
        reasons.add_row(f"  {name}", f"{n:,}")
    reasons.columns[1].justify = "right"
    console.print(reasons)
    console.print(f"\n[bold]Freshness[/]  {_freshness(result.freshness)}", highlight=False)
    if len(result.freshness.seconds) > 1:
        later = result.freshness.later_half()
        console.print(f"           {_percentiles(later)}   in the later half", highlight=False)
    console.print(
        f"[bold]Traffic[/]    {result.events_per_s:,.0f} events/s for {load.seconds} s\n", highlight=False
    )
    for entity in examples:
        console.print(_example(entity), highlight=False)
    for problem in result.problems:
        console.print(f"[red]{problem}[/]")
    if not result.problems:
        console.print("\n[green]Every event and every probe is accounted for.[/]")


def _against(result: Result) -> Table:
    table = Table("", *result.sent, box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    table.add_row("sent", *(f"{n:,}" for n in result.sent.values()))
    table.add_row("found", *(f"{result.found.get(name, 0):,}" for name in result.sent))
    return table


def _freshness(freshness: Freshness) -> str:
    if not freshness.seconds:
        return "no probe found yet"
    return f"{_percentiles(freshness)}   {len(freshness.seconds)} of {freshness.sent} probes found"


def _percentiles(freshness: Freshness) -> str:
    return f"p50 {freshness.percentile_s(50):.2f} s   p99 {freshness.percentile_s(99):.2f} s"


def _top(reasons: dict[str, int], most: int) -> str:
    return "   ".join(f"{name} {n:,}" for name, n in list(reasons.items())[:most]) or "nothing yet"


def _example(entity: dict[str, Any]) -> str:
    values = "  ".join(f"{name}={shown(value)}" for name, value in entity["values"].items())
    return f"[bold]{entity['view']}[/] {entity['entity']} [green]{entity['status']}[/]\n  {values}"
