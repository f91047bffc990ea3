"""``headwater features``: what there is to read, what it is made of, and its values."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from features.live import NOT_COMPUTED
from headwater.commands import feature_releases, feature_views
from headwater.commands.feature_views import COLOURS, ViewName, named
from headwater.commands.runtime import Json, say
from headwater.errors import HeadwaterError
from headwater.feature_text import shown
from headwater.redis_client import client
from headwater.runtime.endpoints import endpoints
from headwater.settings import load
from headwater.view_names import remedy
from serving import FeatureReader

app = typer.Typer(
    no_args_is_help=True, help="List, show, compare and release feature views, and read their values."
)

Entities = Annotated[
    list[str], typer.Argument(metavar="ENTITY...", help='Such as t00001; "t00001|BR" for several columns.')
]


app.command("list")(feature_views.list_views)
app.command()(feature_views.show)
app.command()(feature_views.lineage)
app.command()(feature_releases.diff)
app.command()(feature_releases.release)


@app.command()
def get(view: ViewName, entities: Entities, as_json: Json = False) -> None:
    """Read the values of entities, how old they are and whether they can be trusted.

    A status is `fresh`, `stale` (the view lags behind its SLO) or `missing` (no event in any window);
    all are `not computed` where the running job leaves the view out (what to do is told on stderr),
    `rebuilding` while features are counted again from the log, such as after Redis was emptied, and
    `degraded` while a hard condition of data quality holds for what the view is made of.
    """
    wanted = named(view)
    settings = load()
    with client(endpoints(settings).redis) as redis:
        try:
            found = FeatureReader(redis).read(wanted, entities).as_dicts()
        except ValueError as error:
            raise HeadwaterError(str(error), "see `headwater features list`") from None
    if found and found[0]["status"] == NOT_COMPUTED:
        say(f"{wanted.id} is not computed; {remedy(settings, wanted)}")
    if as_json:
        print(json.dumps(found))
        return
    console = Console()
    for entity in found:
        show(console, entity)


def show(console: Console, entity: dict[str, Any]) -> None:
    """Print what was read of one entity."""
    colour = COLOURS.get(entity["status"], "red")
    age = "" if entity["age_s"] is None else f", newest event {entity['age_s']:.1f} s ago"
    console.print(f"[bold]{entity['view']}[/] {entity['entity']}  [{colour}]{entity['status']}[/]{age}")
    table = Table(box=None, show_header=False)
    for name, value in entity["values"].items():
        table.add_row(f"  {name}", shown(value))
    console.print(table, highlight=False)
