"""``headwater quarantine``: what the gate has set aside, and why."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from headwater.commands import quarantine_replay, quarantine_stats
from headwater.commands.quarantine_options import Events, Reason, Since, log, rules, titles, wanted
from headwater.commands.runtime import Json, say
from headwater.console import wide
from headwater.errors import HeadwaterError
from headwater.quarantine.choose import find, newest
from headwater.quarantine.hexdump import printable
from headwater.quarantine.picture import picture_in
from headwater.quarantine.record import SetAside

app = typer.Typer(no_args_is_help=True, help="Look at what the gate has set aside, and send it again.")

_LEAST_WIDTH = 140

Id = Annotated[str, typer.Argument(metavar="ID", help="A record, as `headwater quarantine list` names it.")]
Raw = Annotated[Path | None, typer.Option("--raw", metavar="FILE", help="Write the bytes there.")]


@app.command("list")
def list_records(
    event: Events = None,
    reason: Reason = None,
    since: Since = None,
    limit: Annotated[int, typer.Option(min=1, help="So many at most.")] = 20,
    as_json: Json = False,
) -> None:
    """Show the newest set-aside records: when they came, why they were set aside, and by which rules.

    The time is that of ingestion (UTC). `attempts` is how often the record was sent again before. An id stays
    the same for as long as the record is kept. What a restart of the gate has set aside twice is shown once.
    """
    found = newest(log(), wanted(event, reason, since), limit)
    if as_json:
        print(json.dumps([record.to_json() for record in found]))
        return
    if not found:
        say("nothing of the kind is in quarantine")
        return
    wide(_LEAST_WIDTH).print(_table(found), highlight=False)


@app.command()
def show(record_id: Id, as_json: Json = False, raw: Raw = None) -> None:
    """Show one record: headers, key, bytes, the event as far as it can be read, and the rules it fails.

    The rules are those of now, judged as of when the record came; `expect` and `why` stand with each, and
    what the fields held that it reads.
    """
    topics = log()
    held = find(topics, record_id)
    if raw is not None:
        _write(raw, held.value)
    told_all = picture_in(topics, held, rules(), titles())
    if as_json:
        print(json.dumps(told_all))
    else:
        _show(told_all, Console(highlight=False))


app.command()(quarantine_stats.stats)
app.command()(quarantine_replay.replay)


def _write(path: Path, value: bytes | None) -> None:
    if value is None:
        raise HeadwaterError("the record has no value, so there is nothing for --raw", "leave --raw out")
    try:
        path.write_bytes(value)
    except OSError as error:
        raise HeadwaterError(f"--raw {path} cannot be written ({error.strerror})", "name another") from None


def _table(found: list[SetAside]) -> Table:
    right = [Column(name, justify="right") for name in ("bytes", "attempts")]
    reasons = Column("reasons", overflow="fold")
    table = Table("id", "ingested", "event", reasons, "ruleset", "slice", *right, box=None)
    for r in found:
        values = "|".join(r.slice.values())
        cells = r.id, moment(r.time_ms), r.event, ", ".join(r.reasons), r.ruleset, values
        table.add_row(*(Text(printable(cell)) for cell in cells), f"{r.size_bytes:,}", str(r.attempts))
    return table


def moment(time_ms: int) -> str:
    """A time in UTC as people read it; the number where no calendar reaches.

    >>> moment(1_767_225_600_123)
    '2026-01-01 00:00:00.123'
    """
    try:
        return datetime.fromtimestamp(time_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    except (ValueError, OverflowError, OSError):
        return str(time_ms)


def _show(told_all: dict[str, Any], console: Console) -> None:
    again = ", was sent again since" if told_all["replayed"] else ""
    console.print(f"[bold]{told_all['id']}[/]  ingested {moment(told_all['time_ms'])}{again}")
    _facts(console, told_all["headers"], "headers")
    key = "none" if told_all["key"] is None else told_all["key"]
    _facts(console, {"key": key, "bytes": f"{told_all['size_bytes']:,}"}, "record")
    if told_all["bytes"]:
        console.print(Text(told_all["bytes"]))
    if told_all["schema"]:
        _facts(console, _values(told_all["fields"]), f"event, as {told_all['schema']}")
    console.print()
    if told_all["unreadable"]:
        where = told_all["stopped"] or "its bytes are not those that its values encode to"
        console.print(Text(f"unreadable ({told_all['unreadable']}): {printable(where)}"))
    elif not any(failure["severity"] == "reject" for failure in told_all["failures"]):
        reasons = printable(", ".join(told_all["reasons"]))
        console.print(Text(f"set aside for {reasons}; its event breaks no rule now that would reject it"))
    if told_all["judged_by"] != told_all["ruleset"]:
        before = printable(told_all["ruleset"]) or "unknown"
        console.print(Text(f"set aside by rules {before}; judged here by {told_all['judged_by']}"))
    for failure in told_all["failures"]:
        console.print(f"\n[red]fails[/] [bold]{failure['rule']}[/]  {failure['severity']}")
        facts = {name: failure[name] for name in ("expect", "when", "why") if failure[name]}
        _facts(console, facts | {f"  {name}": text for name, text in _values(failure["values"]).items()})


def _values(fields: dict[str, Any]) -> dict[str, str]:
    return {name: json.dumps(value, ensure_ascii=False) for name, value in fields.items()}


def _facts(console: Console, facts: dict[str, str], heading: str | None = None) -> None:
    if heading:
        console.print(f"\n{heading}")
    table = Table(box=None, show_header=False)
    for name, text in facts.items():
        table.add_row(Text(f"  {printable(name)}"), Text(printable(text)))
    console.print(table)
