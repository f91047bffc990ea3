"""``headwater candidates``: the titles that a member may play next."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from headwater.commands.runtime import Json
from headwater.redis_client import client
from headwater.runtime.endpoints import endpoints
from headwater.settings import load
from serving import FeatureReader, ModelReader
from serving.candidates import Candidates
from sinks.redis_models import RedisModels

Member = Annotated[str, typer.Argument(metavar="MEMBER", help="A member, such as m00001.")]
Country = Annotated[str, typer.Option(help="Where the member is, such as BR: adds what is popular there.")]
Most = Annotated[int, typer.Option(min=1, help="How many to show.")]


def candidates(
    member: Member,
    country: Country = "",
    most: Most = 10,
    as_json: Json = False,
) -> None:
    """Show the titles that a member may play next, the likeliest first, and why each is among them.

    They are what the member has begun, what others played after what the member has seen last, and what is
    popular in the country; never what was finished. `chance` is each one's, of all candidates, by the model
    next_title; until that is published they stand in the order of their reasons. What a device may fetch
    beforehand is the beginning of the list.
    """
    with client(endpoints(load()).redis) as redis:
        reader = Candidates(FeatureReader(redis), ModelReader(RedisModels(redis)))
        (found,) = reader.of([(member, country)], most)
    if as_json:
        known = [asdict(c) | {"chance": None if math.isnan(c.chance) else c.chance} for c in found]
        print(json.dumps(known))
        return
    table = Table("title", Column("chance", justify="right"), "why", box=None)
    for c in found:
        table.add_row(c.title_id, "" if math.isnan(c.chance) else f"{c.chance:.1%}", ", ".join(c.why))
    nothing = f"nothing is known that {member} may play next" + ("" if country else ": name a --country")
    Console(highlight=False).print(table if found else nothing)
