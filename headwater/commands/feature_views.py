"""``headwater features list``, ``show`` and ``lineage``: the views there are, and what each is made of."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from features.catalog import NAMED, READABLE
from features.live import NOT_COMPUTED
from features.view import View
from headwater.commands.runtime import Json, say
from headwater.console import wide
from headwater.errors import HeadwaterError
from headwater.lineage import Consumer, edges, graph, mermaid, models, of_view
from headwater.settings import load
from headwater.view_names import remedy
from headwater.view_picture import observed, picture, summary

ViewName = Annotated[
    str,
    typer.Argument(metavar="VIEW", help="A view, as `headwater features list` names it; or NAME@VERSION."),
]
MaybeView = Annotated[
    str | None, typer.Argument(metavar="[VIEW]", help="A view, or NAME@VERSION; all and the models if none.")
]
Mermaid = Annotated[bool, typer.Option("--mermaid", help="Print a flowchart of Mermaid, for documents.")]
_LEAST_WIDTH = 126
COLOURS = {"fresh": "green", "stale": "yellow", "rebuilding": "yellow"}


def list_views(as_json: Json = False) -> None:
    """Show every view: its version, entity, windows, SLO, the age of its newest event and its status.

    The status is that of a read: fresh, stale, missing (no event yet), not computed (with what to do about
    it, as `remedy` in JSON), rebuilding or degraded; or not reachable, where no Redis answers.
    """
    settings = load()
    found = [summary(view, now) for view, now in zip(READABLE, observed(settings, READABLE), strict=True)]
    for view, told in zip(READABLE, found, strict=True):
        told["remedy"] = remedy(settings, view) if told["status"] == NOT_COMPUTED else None
    if as_json:
        print(json.dumps(found))
        return
    table = Table("view", "entity", "features", "windows", "SLO", "newest event", "status", box=None)
    for view, told in zip(READABLE, found, strict=True):
        count, windows = str(len(view.features) or len(view.value_names)), ", ".join(view.windows) or "-"
        cells = view.id, ", ".join(view.entity), count, windows, f"{view.slo_s:g} s", _age(told["age_s"])
        table.add_row(*cells, _status(told["status"]))
    wide().print(table, highlight=False)
    if left := [told["view"] for told in found if told["remedy"]]:
        say(f"not computed: {', '.join(left)}; such as {next(filter(None, (t['remedy'] for t in found)))}")


def show(view: ViewName, as_json: Json = False) -> None:
    """Show all of one view: features, windows, bytes in Redis, what guards it, who owns it, how fresh it is.

    How long a ring is kept (TTL) follows from its window: until no read can see any of its tiles. Bytes are
    those of values; Redis adds about 100 a key.
    """
    found = named(view)
    (now,) = observed(load(), [found])
    told = picture(found, now)
    if as_json:
        print(json.dumps(told))
    else:
        _show(found, told, wide(_LEAST_WIDTH))


def lineage(view: MaybeView = None, as_json: Json = False, as_mermaid: Mermaid = False) -> None:
    """Show what views are made of: source topics, the rules that guard them, and models of the same events.

    Of a model, also the views that it reads, and the events that it tells.

    Rules and watches are the shipped ones that name the view, or a feature of it, among those who need them.
    """
    if as_json and as_mermaid:
        raise HeadwaterError("--json and --mermaid are two forms", "give one")
    views = READABLE if view is None else (named(view),)
    beside = models(None if view is None else views[0])
    consumers = [*map(of_view, views), *beside]
    links = edges(consumers)
    if as_json:
        print(json.dumps(graph(links)))
    elif as_mermaid:
        print(mermaid(links), end="")
    else:
        for consumer in consumers[: len(views)] if view else consumers:
            Console(highlight=False).print(_tree(consumer))


def named(text: str) -> View:
    """The view of a name or `name@version`; HeadwaterError when there is none."""
    if text not in NAMED:
        raise HeadwaterError(f"there is no view {text!r}", f"use one of {', '.join(NAMED)}")
    return NAMED[text]


def _age(age_s: float | None) -> str:
    return "-" if age_s is None else f"{age_s:.1f} s ago"


def _status(status: str) -> Text:
    return Text(status, style=COLOURS.get(status, "red"))


def _show(view: View, told: dict[str, Any], console: Console) -> None:
    console.print(f"[bold]{view.id}[/]  {view.description}", highlight=False)
    facts = {
        "entity": ", ".join(view.entity),
        "events": ", ".join(view.events),
        "windows": ", ".join(f"{window} of tiles of {tile}" for window, tile in view.windows.items()) or "-",
        "in Redis": f"{told['entity_bytes']:,} bytes an entity",
        "SLO": f"{view.slo_s:g} s",
        "newest event": _age(told["age_s"]),
        "status": told["status"],
        "owner": view.owner,
        "tags": ", ".join(view.tags) or "-",
        "definition": told["digest"],
        "models": f"{', '.join(told['models_of_its_events']) or 'none'} (learn from the same events)",
        "read by": f"{', '.join(told['read_by_models']) or 'none'} of them",
        "told by": f"{', '.join(told['told_by_models']) or 'none'} (tell events of it)",
    }
    table = Table(box=None, show_header=False)
    for name, fact in facts.items():
        table.add_row(f"  {name}", Text(fact))
    console.print(table, highlight=False)
    features = Table("feature", "is", "bytes a tile", "means", box=None)
    for f in told["features"]:
        features.add_row(*(Text(str(f[name])) for name in ("name", "is", "tile_bytes", "means")))
    rings = Table("ring", "slots", "bytes a tile", "bytes", "kept for", box=None)
    for r in told["rings"]:
        sizes = (f"{r[name]:,}" for name in ("slots", "record_bytes", "ring_bytes"))
        rings.add_row(r["ring"], *sizes, f"{r['ttl_s']:,} s")
    guards = Table("guarded by", "kind", "severity", "on", "for", box=None)
    for g in told["guards"]:
        of = ", ".join(g["features"]) or "all of it"
        guards.add_row(g["name"], g["kind"], g["severity"], ", ".join(g["events"]), of)
    for each in (features, rings, guards):
        console.print()
        console.print(each, highlight=False)


def _tree(consumer: Consumer) -> Tree:
    """From what is read back to the topics, and the guards on the way."""
    tree = Tree(f"{consumer.node.kind} [bold]{consumer.node.name}[/]")
    for event in consumer.events:
        topic = tree.add(f"events.{event}")
        for guard in consumer.guards:
            if event in guard.events:
                of = f" for {', '.join(guard.features)}" if guard.features else ""
                topic.add(f"{guard.kind} {guard.name} ({guard.severity}){of}")
    for view in consumer.views:
        tree.add(f"view {view.name}")
    for model in models(NAMED[consumer.node.name]) if consumer.node.kind == "view" else ():
        same, told = (", ".join(e for e in of if e in consumer.events) for of in (model.events, model.tells))
        ties = [f"learns from the same {same}"] if same else []
        ties += ["reads it"] if consumer.node in model.views else []
        ties += [f"tells its {told}"] if told else []
        tree.add(f"model {model.node.name} {' and '.join(ties)}")
    return tree
