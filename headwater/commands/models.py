"""``headwater models``: what the online models have learnt, and how well they predict."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from features.catalog import VIEWS
from features.live import NOT_COMPUTED
from headwater import minutes, model_report, page_report
from headwater.commands.rule_whatif import span_ms
from headwater.commands.runtime import Json, say
from headwater.consumers import KNOWN
from headwater.errors import HeadwaterError
from headwater.experiments.output import made, write
from headwater.experiments.output import table as result_table
from headwater.redis_client import client
from headwater.runtime.endpoints import endpoints
from headwater.settings import load
from headwater.view_names import remedy
from headwater.view_picture import observed
from online_models.trial import ENOUGH
from schemas.model_minute import ModelMinute
from sinks.redis_models import RedisModels

app = typer.Typer(no_args_is_help=True, help="List online models and show what they have learnt.")

Name = Annotated[str, typer.Argument(metavar="MODEL", help="A model, as `headwater models list` names it.")]
_WEIGHTS_SHOWN = 12
_HEADINGS = ("model", "version", "age", "examples", "positive", "log-loss", "base rate's", "AUC", "ECE")
#: Of a snapshot, what only `report` and `show` tell.
_AT_LENGTH = ("learner", "slices", "calibration")


@app.command("list")
def list_models(as_json: Json = False) -> None:
    """Show every published model: version, age, examples, its log-loss against the base rate's, AUC and ECE.

    All are prequential: of each example before it was learnt from, the newest weighing most. A model is worth
    something as long as its log-loss stays below the base rate's. AUC: how often what came true was predicted
    higher than what did not. ECE: by how much predicted chances are off on average.
    """
    settings = load()
    found = snapshots(endpoints(settings).redis)
    if as_json:
        print(json.dumps([described(name, snapshot) for name, snapshot in found.items()]))
        return
    Console().print(table(found) if found else "no model is published yet: headwater submit update_models")
    for name, snapshot in found.items():
        if why := snapshot.get("frozen"):
            print(f"{name} is frozen, by {why}")
        if snapshot["positives"] is None:
            print(f"{name} has no AUC: nothing tells it what is right")
    views = [VIEWS[view] for view in dict.fromkeys(view for name in found for view in KNOWN.get(name, ()))]
    now = zip(views, observed(settings, views), strict=True)
    if left := [view for view, seen in now if seen.status == NOT_COMPUTED]:
        names = ", ".join(view.name for view in left)
        say(f"not computed, so models know nothing of them: {names}; {remedy(settings, *left)}")


@app.command()
def show(name: Name, as_json: Json = False) -> None:
    """Show one model: as in the list, its versions, what was refused, by slice, and its named weights."""
    snapshot = published(endpoints(load()).redis, name)
    told = described(name, snapshot)
    if as_json:
        print(json.dumps(told | {of: snapshot.get(of) for of in _AT_LENGTH}))
        return
    console = Console()
    facts = Table(box=None, show_header=False)
    for heading, cell in zip(_HEADINGS, _cells(told), strict=True):
        facts.add_row(heading, cell)
    facts.add_row("refused", ", ".join(f"{n:,} {why}" for why, n in told["refused"].items()) or "none")
    for heading, cell in _versions(told):
        facts.add_row(heading, cell)
    console.print(facts)
    console.print(_by_slice(snapshot.get("slices", {})))
    for by, figure in snapshot["learner"].get("value", {}).items():
        console.print(f"value, {by}: {figure['value']:.4f} ± {figure['off']:.4f}", highlight=False)
    for told in snapshot["learner"].get("clusters", []):
        console.print(f"  {told['cluster']} {told['taste']:32} {told['share']:.1%}", highlight=False)
    weights: dict[str, float] = snapshot["learner"].get("weights", {})
    if not weights:
        return
    strongest = sorted(weights.items(), key=lambda item: -abs(item[1]))[:_WEIGHTS_SHOWN]
    console.print(f"\nthe strongest of {len(weights)} weights that have names")
    for feature, weight in strongest:
        console.print(f"  {feature:20} {weight:+.3f}", highlight=False)


@app.command()
def report(
    out: Annotated[Path, typer.Option(help="Write pages (HTML) and charts (SVG) into this folder.")],
    last: Annotated[str, typer.Option(help="How far to look back, such as 6h or 7d.")] = "24h",
    as_json: Json = False,
) -> None:
    """Draw log-loss and AUC over time, calibration, and slices of every model, and how broad pages are that
    are ranked by them: a page each, in a folder.

    Times are those of what the models have learnt from. They are kept in quality.models for 7 days by the
    monitor (`headwater up` starts it); without it there is only what stands in Redis now.
    """
    where, last_ms = endpoints(load()), span_ms(last)
    made(out)
    found = snapshots(where.redis)
    if not found:
        raise HeadwaterError("no model is published", "start it: headwater submit update_models")
    since_ms = time.time_ns() // 1_000_000 - last_ms
    history, results = minutes.of_models(where.kafka, since_ms), []
    for name, snapshot in found.items():
        newest = ModelMinute.of_snapshot(name, snapshot)
        of_model = [m for m in history if m.model == name and m.generation == newest.generation]
        results.append(model_report.report([*of_model, newest]))
    if pages := minutes.of_pages(where.kafka, since_ms):
        results.append(page_report.report(pages))
    for result in results:
        write(result, out)
    if as_json:
        print(json.dumps([result.to_json() for result in results]))
        return
    console = Console()
    for result in results:
        console.print(f"{result.name}: {result.about}", highlight=False)
        console.print(result_table(result))
    console.print(f"{len(results)} pages: {out}", highlight=False)


def table(found: dict[str, dict[str, Any]]) -> Table:
    """The models as a table, a row each."""
    # Never so narrow that a name, or the mark of a frozen one, is cut.
    models = Table(Column(_HEADINGS[0], min_width=10), *_HEADINGS[1:], box=None)
    for name, snapshot in found.items():
        models.add_row(*_cells(described(name, snapshot)))
    return models


def snapshots(redis_url: str) -> dict[str, dict[str, Any]]:
    """What each model has published last."""
    with client(redis_url) as redis:
        models = RedisModels(redis)
        return {name: snapshot for name in models.names() if (snapshot := models.read(name))}


def _by_slice(slices: dict[str, dict[str, dict[str, Any]]]) -> Table:
    """Log-loss, AUC and ECE of each slice, those with most examples first."""
    by_slice = Table("slice", "examples of late", "log-loss", "AUC", "ECE", box=None)
    for kind, values in slices.items():
        for value, told in sorted(values.items(), key=lambda item: -item[1]["weight"]):
            figures = (told[name] for name in ("log_loss", "auc", "ece"))
            cells = ("" if figure is None else f"{figure:.4f}" for figure in figures)
            by_slice.add_row(f"{kind} {value}", f"{told['weight']:,.0f}", *cells)
    return by_slice


def published(redis_url: str, name: str) -> dict[str, Any]:
    """What one model has published last. Raises HeadwaterError if it never has."""
    found = snapshots(redis_url)
    if name not in found:
        known = f"use one of {', '.join(found)}" if found else "start it: headwater submit update_models"
        raise HeadwaterError(f"no model {name!r} is published", known)
    return found[name]


def described(name: str, snapshot: dict[str, Any]) -> dict[str, Any]:
    """The snapshot for people and programs: without the weights, with its age and the share of positives."""
    told = {field: value for field, value in snapshot.items() if field not in _AT_LENGTH}
    examples, positives = snapshot["examples"], snapshot["positives"]
    return {
        "model": name,
        **told,
        "age_s": time.time() - snapshot["published_at_ms"] / 1_000,
        "positive_share": positives / examples if examples and positives is not None else None,
    }


def _versions(described: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Whether it is frozen, and what stands beside the champion: nothing does beside a model of members."""
    if frozen := described.get("frozen"):
        yield "frozen", frozen
    if last := described.get("last_good"):
        yield "last good", f"after {last['at']:,} examples"
    if rival := described.get("challenger"):
        yield (
            "challenger",
            f"{rival['examples']:,} examples, {settled(rival):.0%} of the proof that it is better",
        )
    for of in ("rolled_back", "promoted"):
        if of in described:
            yield of.replace("_", " "), str(described[of])


def settled(rival: dict[str, Any]) -> float:
    """How much of the proof there is that a challenger is better, 0 to 1."""
    return float(min(max(rival["evidence"] / ENOUGH, 0.0), 1.0))


def _cells(described: dict[str, Any]) -> tuple[str, ...]:
    figures = [described.get(name) for name in ("log_loss", "base_log_loss", "auc", "ece")]
    share = described["positive_share"]
    return (
        described["model"],
        f"{described['version']:,}",
        f"{described['age_s']:.1f} s",
        f"{described['examples']:,}",
        "" if share is None else f"{share:.1%}",
        *("" if figure is None else f"{figure:.4f}" for figure in figures),
    )
