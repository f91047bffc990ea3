"""``headwater skew``: what was served, held against what the same events make offline."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from features.account_flags import ACCOUNT_FLAGS
from features.duration import parse_ms
from headwater.commands.feature_views import ViewName, named
from headwater.commands.offline import Events
from headwater.commands.runtime import Json, say
from headwater.console import bar, wide
from headwater.errors import HeadwaterError

if TYPE_CHECKING:
    from headwater.skew_value import Compared

_LONGEST = 80


def skew(
    view: ViewName,
    served: Annotated[Path, typer.Option("--served", help="The folder of `headwater serve --log-served`.")],
    events: Events,
    tolerance: Annotated[float, typer.Option(min=0, help="So far numbers may differ, relatively.")] = 1e-9,
    settle: Annotated[str, typer.Option(help="So long an event may be on its way.")] = "5s",
    most: Annotated[float, typer.Option(min=0, max=1, help="The share of rows that may differ.")] = 0.01,
    rows: Annotated[int, typer.Option(min=1, help="Compare at most so many, chosen by chance.")] = 5_000,
    as_json: Json = False,
) -> None:
    """Show whether values that were served are those that the same events make offline, value by value.

    Compared are reads whose status was `fresh` or `missing`; others are counted by their status. What a value
    lacked since it was on its way is `late`, and no skew. Exits with 1 if of any value a larger share than
    --most differs. The events must reach on to the last read, and back a window before the first.
    """
    # Where they are needed: DuckDB and pyarrow take half a second to import.
    from headwater.events_log import opened
    from headwater.served_rows import rows_of
    from headwater.skew import STEPS
    from headwater.skew import skew as compared

    wanted, settle_ms = named(view), _ms(settle)
    if wanted == ACCOUNT_FLAGS:
        raise HeadwaterError(f"{wanted.name} is not made of events alone", "name another view")
    held, log = rows_of(wanted, served, rows), opened(events)
    try:
        with bar(f"skew of {wanted.id}", STEPS) as step:
            found = compared(wanted, held, log, tolerance, settle_ms, step)
    except ValueError as error:
        raise HeadwaterError(f"--events: {error}", "see the README, Training sets") from None
    share = max((of.share for of in found), default=0.0)
    if as_json:
        told = {"view": wanted.id, "read": held.read, "compared": len(held.at_ms), "apart": dict(held.apart)}
        typer.echo(json.dumps(told | {"share": share, "values": [_told(of) for of in found]}))
    else:
        wide().print(_table(found), highlight=False)
        for line in chain.from_iterable(map(_worst, found)):
            typer.echo(line)
        apart = "".join(f", {n:,} {status}" for status, n in sorted(held.apart.items()))
        say(f"{held.read:,} rows of {wanted.id}: {len(held.at_ms):,} compared{apart}")
    if share > most:
        raise typer.Exit(1)


def _table(found: list[Compared]) -> Table:
    table = Table("value", "rows", "equal", "late", "mismatch", "missing", "extra", "SMAPE", box=None)
    for of in found:
        figures = of.rows, of.equal, of.late, of.mismatch, of.missing, of.extra
        smape = "" if of.smape is None else f"{of.smape:.2g}"
        table.add_row(f"[{'red' if of.share else 'green'}]{of.value}[/]", *(f"{n:,}" for n in figures), smape)
    return table


def _worst(of: Compared) -> list[str]:
    """A line for each of the rows that differ most."""
    told = []
    for differs in of.worst:
        entity, at_ms = differs.at
        at = datetime.fromtimestamp(at_ms / 1_000, UTC).isoformat(timespec="milliseconds")
        values = f"served {_short(differs.served)}, offline {_short(differs.offline)}"
        told.append(f"{of.value} of {'|'.join(entity)} at {at}: {values}")
    return told


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _told(of: Compared) -> dict[str, Any]:
    figures = {name: getattr(of, name) for name in ("value", "rows", "equal", "late", "mismatch", "missing")}
    worst = [
        {"entity": at[0], "at_ms": at[1], "served": _json(one.served), "offline": _json(one.offline)}
        for one in of.worst
        for at in [one.at]
    ]
    return figures | {"extra": of.extra, "share": of.share, "smape": of.smape, "worst": worst}


def _json(value: Any) -> Any:
    return None if isinstance(value, float) and value != value else value


def _ms(settle: str) -> int:
    try:
        return 0 if settle == "0" else parse_ms(settle)
    except ValueError as error:
        raise HeadwaterError(f"--settle is {settle!r} ({error})", "give a time such as 5s, or 0") from None
