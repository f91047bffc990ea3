"""``headwater features``: what there is to read, and its values."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from features.catalog import VIEWS
from features.view import View
from headwater.commands.runtime import Json
from headwater.errors import HeadwaterError
from headwater.redis_client import client
from headwater.runtime.endpoints import endpoints
from headwater.settings import load
from serving import FeatureReader

app = typer.Typer(no_args_is_help=True, help="List feature views and read their values.")

ViewName = Annotated[
    str, typer.Argument(metavar="VIEW", help="A view, as `headwater features list` names it.")
]
Entities = Annotated[
    list[str], typer.Argument(metavar="ENTITY...", help='Such as t00001; "t00001|BR" for several columns.')
]
_COLOURS = {"fresh": "green", "stale": "yellow", "rebuilding": "yellow", "missing": "red"}


@app.command("list")
def list_views(as_json: Json = False) -> None:
    """Show every view: its entity, windows, values and what it is for."""
    if as_json:
        print(json.dumps([_described(view) for view in VIEWS.values()]))
        return
    console = Console()
    for view in VIEWS.values():
        console.print(f"[bold]{view.name}[/] v{view.version}  by {', '.join(view.entity)}")
        console.print(f"  {view.description}\n  windows {', '.join(view.windows)}", highlight=False)
        console.print(f"  values  {', '.join(view.value_names)}\n", highlight=False)


@app.command()
def get(view: ViewName, entities: Entities, as_json: Json = False) -> None:
    """Read the values of entities, how old they are and whether they can be trusted.

    A status is `fresh`, `stale` (the view lags behind its SLO) or `missing` (no event in any window);
    all are `rebuilding` while features are counted again from the log, such as after Redis was emptied.
    """
    if view not in VIEWS:
        raise HeadwaterError(f"there is no view {view!r}", f"use one of {', '.join(VIEWS)}")
    with client(endpoints(load()).redis) as redis:
        try:
            found = FeatureReader(redis).read(view, entities).as_dicts()
        except ValueError as error:
            raise HeadwaterError(str(error), "see `headwater features list`") from None
    if as_json:
        print(json.dumps(found))
        return
    console = Console()
    for entity in found:
        _show(console, entity)


def _described(view: View) -> dict[str, Any]:
    return {
        "view": view.name,
        "version": view.version,
        "entity": list(view.entity),
        "windows": list(view.windows),
        "values": list(view.value_names),
        "slo_s": view.slo_s,
        "owner": view.owner,
        "description": view.description,
    }


def _show(console: Console, entity: dict[str, Any]) -> None:
    colour = _COLOURS[entity["status"]]
    age = "" if entity["age_s"] is None else f", newest event {entity['age_s']:.1f} s ago"
    console.print(f"[bold]{entity['view']}[/] {entity['entity']}  [{colour}]{entity['status']}[/]{age}")
    table = Table(box=None, show_header=False)
    for name, value in entity["values"].items():
        table.add_row(f"  {name}", f"{value:.4g}" if isinstance(value, float) else str(value))
    console.print(table, highlight=False)
