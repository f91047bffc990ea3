"""``headwater flags``: which members and devices rules over many events have flagged."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from headwater.commands.runtime import Json, say
from headwater.errors import HeadwaterError
from headwater.redis_client import client
from headwater.runtime.endpoints import endpoints
from headwater.settings import load
from sinks.redis_flags import RedisFlags

app = typer.Typer(no_args_is_help=True, help="Show and clear the flags of members and devices.")

Entities = Annotated[
    list[str] | None, typer.Argument(metavar="[ENTITY]...", help="Members or devices, such as m00001.")
]
All = Annotated[bool, typer.Option("--all", help="Clear those of everyone.")]


@app.command("list")
def list_flags(entities: Entities = None, as_json: Json = False) -> None:
    """Show the flags that stand: of whom, for breaking which rule, and when it was last broken.

    Of everyone unless members or devices are named.
    """
    with client(endpoints(load()).redis) as redis:
        store = RedisFlags(redis)
        found = store.read(entities or store.flagged())
    if as_json:
        print(json.dumps({entity: flags for entity, flags in found.items() if flags}))
        return
    table = Table("flagged", "rule", "last broken (UTC)", box=None)
    for entity, flags in found.items():
        for rule, at_ms in flags.items():
            table.add_row(entity, rule, f"{datetime.fromtimestamp(at_ms / 1_000, UTC):%Y-%m-%d %H:%M:%S}")
    Console(highlight=False).print(table if table.row_count else "nobody is flagged")


@app.command()
def clear(entities: Entities = None, everyone: All = False) -> None:
    """Take flags away, such as those of a member who has been cleared of suspicion."""
    if bool(entities) == everyone:
        raise HeadwaterError("it is not said whose flags to clear", "name members or devices, or give --all")
    with client(endpoints(load()).redis) as redis:
        store = RedisFlags(redis)
        say(f"cleared the flags of {store.clear(entities or store.flagged())}")
