"""``headwater rules``: what must be true of events, and who needs it."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from headwater import rule_versions
from headwater.commands import (
    rule_apply,
    rule_changes,
    rule_checks,
    rule_contracts,
    rule_history,
    rule_suggest,
    rule_whatif,
    stream_rules,
)
from headwater.commands.runtime import Json
from headwater.console import wide
from headwater.errors import HeadwaterError
from schemas.events import EVENT_NAMES, EVENTS
from validators import ruleset, stream_rule
from validators import stream_ruleset as over_many
from validators.inspect import example_frame, inspect
from validators.lint_rule import choose
from validators.rule import Rule, json_schema

app = typer.Typer(no_args_is_help=True, help="Show, check, try, compare, propose and apply rules.")

Name = Annotated[str, typer.Argument(metavar="RULE", help="A rule, as `headwater rules list` names it.")]

Live = Annotated[bool, typer.Option("--live", help="Of the set in force, not of the shipped one.")]

Streams = Annotated[bool, typer.Option("--streams", help="Those over many events instead.")]

_LEAST_WIDTH = 132

#: A rule and the event types it holds for.
Held = tuple[Rule, list[str]]


@app.command("list")
def list_rules(streams: Streams = False, live: Live = False, as_json: Json = False) -> None:
    """Show every rule: the events it holds for, its severity and dimension, and who needs it.

    The gate judges one event at a time by them. Those over many events are shown with --streams.
    """
    if as_json and streams:
        print(json.dumps([stream_rules.described(rule) for rule in over_many.shipped()]))
        return
    rules = held(live)
    if as_json:
        print(json.dumps([_described(*one) for one in rules]))
        return
    table = Table("rule", "events", "severity", "dimension", "needed by", box=None)
    for rule, events in rules:
        table.add_row(rule.name, _told(events), rule.severity, rule.dimension, "\n".join(rule.needed_by))
    wide(_LEAST_WIDTH).print(stream_rules.table() if streams else table)


@app.command()
def explain(name: Name, live: Live = False, as_json: Json = False) -> None:
    """Show all of one rule: what it asks, why, for whom, and what it says of its examples."""
    if rule_over_many := stream_rules.named(name):
        stream_rules.explain(rule_over_many, as_json)
        return
    rules = held(live)
    found = [one for one in rules if one[0].name == name]
    if not found:
        known = {rule.name for rule, _ in rules} | stream_rules.names()
        raise HeadwaterError(f"there is no rule {name!r}", choose(name, known))
    if as_json:
        print(json.dumps([_described(*one) | {"examples": _examples(*one)} for one in found], default=str))
        return
    for one in found:
        _show(*one)


@app.command()
def schema(streams: Streams = False) -> None:
    """Print the JSON Schema of a rule file, for editors."""
    print(stream_rule.json_schema() if streams else json_schema(), end="")


app.command()(rule_checks.lint)
app.command("test")(rule_checks.try_rules)
app.command()(rule_changes.diff)
app.command()(rule_suggest.suggest)
app.command("apply")(rule_apply.apply)
app.command()(rule_history.history)
app.command()(rule_history.rollback)
app.command()(rule_whatif.whatif)
app.command()(rule_contracts.export)
app.command("import")(rule_contracts.import_)


def held(live: bool) -> list[Held]:
    """Each rule of the shipped set, or of the one in force, once, with its event types."""
    rules = rule_versions.history(rule_apply.address()).in_force.rules if live else ruleset.load()
    found: list[Held] = []
    for event, of_event in rules.rules.items():
        for rule in of_event:
            same = next((events for other, events in found if other == rule), None)
            if same is None:
                found.append((rule, [event]))
            else:
                same.append(event)
    return found


def _described(rule: Rule, events: list[str]) -> dict[str, Any]:
    told = rule.model_dump(mode="json", exclude={"passes", "fails"})
    return {"rule": told.pop("name"), "events": events, **told}


def _examples(rule: Rule, events: list[str]) -> list[dict[str, Any]]:
    """What becomes of each example: the same on every event type, or the rule would not have been shipped."""
    examples = (*rule.passes, *rule.fails)
    failed = inspect((rule,), example_frame(EVENTS[events[0]], examples)).failed[0]
    return [
        {"example": example, "verdict": "fails" if fails else "passes"}
        for example, fails in zip(examples, failed, strict=True)
    ]


def _told(events: list[str]) -> str:
    return "all" if events == list(EVENT_NAMES) else ", ".join(events)


def _show(rule: Rule, events: list[str]) -> None:
    console = Console(highlight=False)
    console.print(f"[bold]{rule.name}[/]  {rule.severity}, {rule.dimension}, on {_told(events)}")
    table = Table(box=None, show_header=False)
    facts = {
        "expect": rule.expect,
        "when": rule.when or "always",
        "on null": rule.on_null,
        "why": rule.why,
        "needed by": ", ".join(rule.needed_by) or "nothing that is computed",
    }
    for heading, fact in facts.items():
        table.add_row(f"  {heading}", fact)
    for told in _examples(rule, events):
        table.add_row(f"  {told['verdict']}", json.dumps(told["example"], default=str))
    console.print(table, markup=False)
