"""``headwater quarantine replay``: what was set aside, to the gate again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any, get_args

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from headwater.commands.quarantine_options import Events, Reason, Since, log, rules, titles, wanted
from headwater.commands.quarantine_progress import reading
from headwater.commands.rule_apply import address
from headwater.commands.runtime import Json
from headwater.errors import HeadwaterError
from headwater.quarantine.choose import Wanted, chosen, find
from headwater.quarantine.forecast import Forecast, forecast
from headwater.quarantine.hexdump import printable
from headwater.quarantine.log import Log
from headwater.quarantine.record import Held, place_of
from headwater.quarantine.replay import Fate, Pace, Report, Sent, ground
from headwater.quarantine.replay import replay as send_again
from headwater.traffic.delivery import wall_ms
from headwater.traffic.producer import BATCHED_MS, KafkaSink
from schemas import topics
from schemas.events import EVENT_NAMES
from schemas.topics import REPLAYS
from validators.ruleset import RuleSet
from validators.titles import Titles

#: Rows of a dry run that are kept and shown; it counts all.
_MOST_SHOWN = 20
_MEANS: dict[Fate, str] = {
    "would_fail": "would be rejected again",
    "given_up": "given up: --max-attempts is reached",
    "already_replayed": "were sent again before",
    "null_key": "have no key, which no replay gives them",
    "oversize": "are too large for the gate",
    "no_topic": "have no original topic any more, or do not say which",
}

Rows = list[dict[str, Any]]

Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID]...", help="Records, as `headwater quarantine list` names them."),
]


def replay(
    ids: Ids = None,
    event: Events = None,
    reason: Reason = None,
    since: Since = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send nothing; tell what the rules would say now.")
    ] = False,
    passing: Annotated[
        bool, typer.Option("--passing", help="Send only what the rules would let pass now.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Send so many at most, oldest first.")] = None,
    max_attempts: Annotated[
        int, typer.Option(min=1, help="Give up what was sent again so often before.")
    ] = 3,
    rate: Annotated[int, typer.Option(min=1, help="Events per second.")] = 1_000,
    as_json: Json = False,
) -> None:
    """Send set-aside records to the gate again: their original key and bytes, to their original topic.

    Something must have changed for one to pass now: the rules, a schema, or the clock. What fails again comes
    back to quarantine with one attempt more. Each record is sent once; what comes back is another record.
    Only what was in quarantine at the start is read, so a replay never meets what it has sent.

    An event is judged as of when it comes again. One that is older than the lateness horizon (1 h) by then
    becomes `late`: it is kept in valid.*, and counted by no feature.
    """
    choice, there = wanted(event, reason, since), log()
    if not (ids or event or reason or since):
        raise HeadwaterError("nothing is chosen", "give ids, --event, --reason or --since; all: --since 30d")
    outlet = None if dry_run else KafkaSink(address(), BATCHED_MS, (REPLAYS,))
    on = ground(there, map(topics.raw, EVENT_NAMES), max_attempts)
    report = Report()
    rows: Rows = []
    judge = partial(_judge, rules(), titles()) if dry_run or passing else None
    with _records(there, ids, choice) as records:
        pairs = chosen(records, choice)
        for chunk in send_again(pairs, on, outlet, Pace(rate), report, judge, passing, limit):
            if dry_run:
                rows += map(_row, chunk if as_json else chunk[: _MOST_SHOWN - len(rows)])
    if as_json:
        counts = {fate: report.fates[fate] for fate in get_args(Fate)}
        forecasts = {"forecast": dict(report.forecast), "records": rows} if dry_run else {}
        print(json.dumps({"dry_run": dry_run, **counts, **forecasts}))
    else:
        _show(report, rows, dry_run, Console(highlight=False))


def _judge(inforce: RuleSet, catalogue: Titles, records: list[Held]) -> list[Forecast]:
    return forecast(records, wall_ms(), inforce, catalogue)


@contextmanager
def _records(there: Log, ids: list[str] | None, choice: Wanted) -> Iterator[Iterator[Held]]:
    """Those of the ids, or all from the time that is chosen up to the end there is now; oldest first."""
    if ids:
        # In their order in the log, by which repeats are told.
        yield iter([find(there, record_id) for record_id in sorted(set(ids), key=place_of)])
        return
    spans = there.spans(choice.topics, choice.since_ms)
    with reading(sum(s.stop - s.start for s in spans), "replaying") as tick:
        yield tick(there.read(spans))


def _row(sent: Sent) -> dict[str, Any]:
    assert sent.forecast is not None
    return {
        "id": sent.record.id,
        "attempts": sent.record.attempts,
        "reasons": sent.record.reasons,
        "verdict": sent.forecast.verdict,
        "would_fail": sent.forecast.reasons,
    }


def _show(report: Report, rows: Rows, dry_run: bool, console: Console) -> None:
    console.print(f"{'would send' if dry_run else 'sent'} {report.fates['sent']:,} records")
    for fate, means in _MEANS.items():
        if n := report.fates[fate]:
            console.print(f"  {n:,} {means}")
    if dry_run and report.forecast:
        verdicts = ", ".join(f"{n:,} {verdict}" for verdict, n in report.forecast.most_common())
        console.print(f"the rules would say now: {verdicts}")
        folded = [Column(name, overflow="fold") for name in ("set aside for", "now")]
        table = Table("id", Column("attempts", justify="right"), *folded, box=None)
        for row in rows:
            told = ", ".join(row["reasons"]), ", ".join((row["verdict"], *row["would_fail"]))
            table.add_row(row["id"], str(row["attempts"]), *(Text(printable(text)) for text in told))
        console.print(table)
