"""``headwater titles``: the catalogue that events are held against."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from headwater import titles as catalogue
from headwater.commands.rule_apply import address
from headwater.commands.rule_files import json_lines
from headwater.commands.runtime import Json, say
from headwater.errors import HeadwaterError
from headwater.traffic.producer import BATCHED_MS, KafkaSink
from schemas.json_lines import Lines
from schemas.titles import Title
from schemas.topics import MINUTE_MS, TITLES

app = typer.Typer(no_args_is_help=True, help="The catalogue of titles that rules look events up in.")

_SHOWN = 20

File = Annotated[
    Path, typer.Argument(metavar="FILE", help="One JSON object a line: title_id, genres, runtime_ms.")
]
Ids = Annotated[list[str] | None, typer.Argument(metavar="[TITLE]...", help="Titles, such as t00001.")]
Named = Annotated[list[str], typer.Argument(metavar="TITLE...", help="Titles, such as t00001.")]


@app.command()
def load(file: File) -> None:
    """Put the titles of a file into the catalogue, each in the place of what it says of that id.

    Gates that run know them within a second. A file with a line that tells no title is refused with 1, whole.
    """
    lines = json_lines(file, lambda lines: Lines[Title].of(lines, Title.from_json))
    if lines.bad:
        for line, why in list(lines.bad.items())[:_SHOWN]:
            typer.echo(f"{file}:{line}: {why}", err=True)
        bad, all_lines = len(lines.bad), len(lines.bad) + len(lines.told)
        typer.echo(f"{bad:,} of {all_lines:,} lines tell no title; nothing is loaded", err=True)
        raise typer.Exit(1)
    titles = lines.told.values()
    catalogue.announce(titles, _sink())
    say(f"{len({title.title_id for title in titles}):,} titles are loaded")


@app.command("list")
def list_titles(ids: Ids = None, as_json: Json = False) -> None:
    """Show the titles of the catalogue, with genres and runtime.

    Ends with 1 if one that is named is not there.
    """
    found = catalogue.held(address())
    chosen = [found[i] for i in (ids or sorted(found)) if i in found]
    if as_json:
        print(json.dumps([json.loads(title.to_json()) for title in chosen]))
    else:
        _show(chosen)
    unknown = [i for i in ids or () if i not in found]
    if unknown:
        typer.echo(f"not in the catalogue: {', '.join(unknown)}", err=True)
        raise typer.Exit(1)


@app.command()
def remove(ids: Named) -> None:
    """Take titles out of the catalogue, such as one whose licence has ended."""
    found = catalogue.held(address())
    if unknown := [i for i in ids if i not in found]:
        raise HeadwaterError(f"not in the catalogue: {', '.join(unknown)}", "see `headwater titles list`")
    catalogue.withdraw(ids, _sink())
    say(f"{len(ids):,} titles are out of the catalogue")


def _sink() -> KafkaSink:
    return KafkaSink(address(), BATCHED_MS, (TITLES,))


def _show(titles: list[Title]) -> None:
    table = Table("title", "genres", "runtime", box=None)
    table.columns[2].justify = "right"
    for title in titles[:_SHOWN]:
        runtime = "-" if title.runtime_ms is None else f"{title.runtime_ms / MINUTE_MS:,.0f} min"
        table.add_row(title.title_id, ", ".join(title.genres), runtime)
    console = Console(highlight=False)
    console.print(table if titles else "no titles; `headwater titles load FILE` puts some there")
    if len(titles) > _SHOWN:
        console.print(f"{_SHOWN} of {len(titles):,}; --json shows all")
