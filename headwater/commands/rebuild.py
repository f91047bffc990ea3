"""``headwater rebuild``: features that Redis has lost, from an archive of events."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from headwater.commands.feature_views import named
from headwater.commands.offline import Events
from headwater.commands.runtime import Json, say
from headwater.runtime.endpoints import kafka_of, redis_of
from headwater.settings import load
from headwater.traffic.delivery import wall_ms

if TYPE_CHECKING:
    from headwater.refill import Filled


def rebuild(
    events: Events,
    views: Annotated[
        str | None,
        typer.Option("--views", metavar="VIEW,…", help="Only these; default: all that are computed."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Fill Redis again with features that it has lost, from an archive and what came to Kafka since.

    They are written under the generation that is read, unless something newer stands there: jobs may run
    meanwhile, and all may be lost or a part. Of members who asked to be forgotten nothing comes back. Filled
    from an archive, all views are whole at the end, and a Redis that was emptied is not counted again from
    Kafka: commands and the supervisor, who would begin that, wait until then.

    Features alone: flags, models and the ledger are not in an archive. On stderr it tells, a line of JSON
    each, which views are done. Ends with 1 if Kafka had deleted events before they were archived.
    """
    from headwater.rebuilding import rebuild as made

    settings, chosen = load(), [named(name) for name in views.split(",")] if views else []
    done = list[str]()

    def on_view(filled: Filled, of: int) -> None:
        done.append(filled.view)
        typer.echo(json.dumps(asdict(filled) | {"done": len(done), "of": of}), err=True)

    found = made(settings, kafka_of(settings), redis_of(settings), events, chosen, wall_ms(), on_view)
    if as_json:
        typer.echo(json.dumps(asdict(found)))
    else:
        entities, keys = (sum(getattr(view, name) for view in found.views) for name in ("entities", "keys"))
        told = f"filled {keys:,} keys of {entities:,} entities of {len(found.views)} views"
        typer.echo(f"{told} in {found.seconds:.1f} s; {'all is whole' if found.whole else 'a part of all'}")
    if found.lost:
        say(f"Kafka deleted {found.lost:,} events before they were archived")
        raise typer.Exit(1)
