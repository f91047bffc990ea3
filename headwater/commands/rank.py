"""``headwater rank``: a page for a member."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from headwater import titles
from headwater.commands.candidates import Country, Member, Most
from headwater.commands.runtime import Json
from headwater.redis_client import client
from headwater.runtime.endpoints import endpoints
from headwater.settings import load
from serving import FeatureReader, ModelReader
from serving.offers import Viewer, first_profile
from serving.ranker import Ranker
from sinks.redis_models import RedisModels

_NUMBERS = ("score", "take", "completion", "curiosity", "alike")


def rank(
    member: Member,
    title: Annotated[
        list[str] | None, typer.Argument(metavar="[TITLE]...", help="Titles to rank, instead of candidates.")
    ] = None,
    profile: Annotated[str, typer.Option(help="Which of the member's profiles; MEMBER-p1 by default.")] = "",
    device: Annotated[str | None, typer.Option(help="tv, phone, tablet or web.")] = None,
    country: Country = "",
    most: Most = 10,
    diversity: Annotated[float, typer.Option(min=0.0, max=1.0, help="0: whatever is best.")] = 0.2,
    as_json: Json = False,
) -> None:
    """Rank titles for a member: candidates, or those that are named, the best first, and why.

    The score is the chance of a take, times what its completion adds, and a little for what is hardly known;
    `alike` is what was taken off it for titles above that are like it. Whatever was finished is left out.
    """
    where = endpoints(load())
    known = titles.held(where.kafka)
    viewer = Viewer(member, profile or first_profile(member), device, country)
    with client(where.redis) as redis:
        ranker = Ranker(FeatureReader(redis), ModelReader(RedisModels(redis)), lambda: known)
        found = ranker.rank(viewer, title, most, diversity)
    if as_json:
        plain = [asdict(r) for r in found]
        print(json.dumps([{k: None if v != v else v for k, v in of.items()} for of in plain]))
        return
    table = Table("title", "genres", *(Column(n, justify="right") for n in _NUMBERS), "why", box=None)
    for r in found:
        genres = ", ".join(known[r.title_id].genres) if r.title_id in known else ""
        table.add_row(r.title_id, genres, *(_cell(getattr(r, n)) for n in _NUMBERS), ", ".join(r.why))
    nothing = f"nothing is known that {member} may play next" + ("" if country else ": name a --country")
    Console(highlight=False).print(table if found else nothing)


def _cell(number: float) -> str:
    return "" if math.isnan(number) else f"{number:.4f}"
