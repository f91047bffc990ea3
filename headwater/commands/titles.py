"""``headwater titles``: the catalogue that events are held against."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from headwater import settings
from headwater import titles as catalogue
from headwater.commands.runtime import Json, say
from headwater.errors import HeadwaterError
from headwater.runtime.endpoints import kafka_of
from headwater.traffic.producer import BATCHED_MS, KafkaSink
from schemas.titles import Title
from schemas.topics import TITLES

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
    titles, bad = read(_lines(file))
    if bad:
        for line, why in list(bad.items())[:_SHOWN]:
            typer.echo(f"{file}:{line}: {why}", err=True)
        typer.echo(
            f"{len(bad):,} of {len(bad) + len(titles):,} lines tell no title; nothing is loaded", err=True
        )
        raise typer.Exit(1)
    catalogue.announce(titles, _sink())
    say(f"{len({title.title_id for title in titles}):,} titles are loaded")


@app.command("list")
def list_titles(ids: Ids = None, as_json: Json = False) -> None:
    """Show the titles of the catalogue, with genres and runtime.

    Ends with 1 if one that is named is not there.
    """
    found = catalogue.held(kafka_of(settings.load()))
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
    found = catalogue.held(kafka_of(settings.load()))
    if unknown := [i for i in ids if i not in found]:
        raise HeadwaterError(f"not in the catalogue: {', '.join(unknown)}", "see `headwater titles list`")
    catalogue.withdraw(ids, _sink())
    say(f"{len(ids):,} titles are out of the catalogue")


def read(lines: Iterable[bytes]) -> tuple[list[Title], dict[int, str]]:
    """The titles of lines, and why others tell none, by their number from 1. Empty lines are neither."""
    titles, bad = [], {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            titles.append(Title.from_json(line))
        except ValueError as error:
            bad[number] = str(error)
    return titles, bad


def _lines(file: Path) -> list[bytes]:
    try:
        return file.read_bytes().splitlines()
    except OSError as error:
        raise HeadwaterError(f"{file} cannot be read ({error.strerror})", "give a file of titles") from None


def _sink() -> KafkaSink:
    return KafkaSink(kafka_of(settings.load()), BATCHED_MS, (TITLES,))


def _show(titles: list[Title]) -> None:
    table = Table("title", "genres", "runtime", box=None)
    table.columns[2].justify = "right"
    for title in titles[:_SHOWN]:
        runtime = "-" if title.runtime_ms is None else f"{title.runtime_ms / 60_000:,.0f} min"
        table.add_row(title.title_id, ", ".join(title.genres), runtime)
    console = Console(highlight=False)
    console.print(table if titles else "no titles; `headwater titles load FILE` puts some there")
    if len(titles) > _SHOWN:
        console.print(f"{_SHOWN} of {len(titles):,}; --json shows all")
