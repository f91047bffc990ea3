"""``headwater backfill`` and ``headwater training-set``: views over files of events, without a stream."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from features.view import View
from headwater.commands.feature_views import ViewName, named
from headwater.commands.runtime import Json
from headwater.errors import HeadwaterError
from headwater.settings import load

Events = Annotated[
    Path,
    typer.Option(
        "--events", help="An archive, or a directory of <event>.parquet or <event>/ with Parquet files."
    ),
]


def backfill(
    view: ViewName,
    since: Annotated[
        str, typer.Option("--from", metavar="TIME", help="Such as 2026-05-28 or 2026-05-28T20:00.")
    ],
    until: Annotated[str, typer.Option("--to", metavar="TIME", help="The end, itself not included; UTC.")],
    events: Events,
    out: Annotated[Path | None, typer.Option("--out", help="The Parquet file to write.")] = None,
    to_redis: Annotated[
        bool, typer.Option("--redis", help="Put them into Redis, under the generation that is read.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Compute the tiles of a view over past events, from Parquet files of them, into one, or into Redis.

    They are what the stream holds of the same events: counts, scaled sums, items and weights. The stretch is
    moved outwards to whole tiles. In Redis what is newer stays, so a job may run meanwhile, and of members
    who asked to be forgotten nothing comes back.
    """
    # Where it is needed, here and below: DuckDB takes a tenth of a second to import.
    from features.offline import whole_tiles, write
    from headwater.events_log import opened
    from headwater.refill import fill_live

    wanted = named(view)
    since_ms, until_ms = whole_tiles(wanted, _ms("--from", since), _ms("--to", until))
    if since_ms >= until_ms:
        raise HeadwaterError(f"--from {since} is not before --to {until}", "give an earlier one")
    if not out and not to_redis:
        raise HeadwaterError("neither --out nor --redis", "say where the tiles are to go")
    told: dict[str, object] = {"view": wanted.id, "from_ms": since_ms, "to_ms": until_ms}
    log = opened(events)
    try:
        if out:
            told |= {"rows": write(log, wanted, since_ms, until_ms, out), "out": str(out)}
        if to_redis:
            told |= asdict(fill_live(load(), log, wanted, since_ms, until_ms))
    except ValueError as error:
        raise HeadwaterError(f"view {wanted.id}: {error}", "see the README, Training sets") from None
    if as_json:
        typer.echo(json.dumps(told))
        return
    if out:
        typer.echo(f"wrote {told['rows']:,} rows of {wanted.id} to {out}")
    if to_redis:
        typer.echo(f"filled {told['keys']:,} keys of {told['entities']:,} entities of {wanted.id}")


def training_set(
    entities: Annotated[
        Path, typer.Option("--entities", help="Parquet file: the entities' columns and a time.")
    ],
    views: Annotated[str, typer.Option("--views", metavar="VIEW,…", help="Views, by name or name@version.")],
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="COLUMN", help="The column of times: timestamps or ms.")
    ],
    events: Events,
    out: Annotated[Path, typer.Option("--out", help="The Parquet file to write.")],
    as_json: Json = False,
) -> None:
    """Add to rows what views said of their entities then, from Parquet files of events, for training a model.

    Each row has a time of its own, and nothing that happened after it is in its values. Every value of a view
    becomes a column, `<view>__<value>`. On stderr it tells, a line of JSON each, which views are done.
    """
    import pyarrow.parquet as pq

    from headwater.events_log import opened
    from headwater.training_set import read_rows
    from headwater.training_set import training_set as made

    wanted = list(dict.fromkeys(named(name) for name in views.split(",")))

    def done(view: View) -> None:
        typer.echo(json.dumps({"view": view.id, "done": wanted.index(view) + 1, "of": len(wanted)}), err=True)

    log, asked = opened(events), read_rows(entities)
    try:
        with TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as scratch:
            rows = made(log, asked, wanted, as_of, Path(scratch), done)
            pq.write_table(rows, out)
    except OSError as error:
        raise HeadwaterError(f"--out {out} cannot be written ({error.strerror})", "name another") from None
    told = {
        "views": [view.id for view in wanted],
        "rows": len(rows),
        "columns": rows.num_columns,
        "out": str(out),
    }
    typer.echo(
        json.dumps(told) if as_json else f"wrote {len(rows):,} rows of {rows.num_columns} columns to {out}"
    )


def _ms(option: str, told: str) -> int:
    try:
        time = datetime.fromisoformat(told)
    except ValueError:
        raise HeadwaterError(f"{option} is {told!r}", "give a time such as 2026-05-28T20:00") from None
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1_000)
