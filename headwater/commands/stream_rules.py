"""Rules over many events, as ``headwater rules list --streams`` and ``headwater rules explain`` show them."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.table import Table

from flink_jobs.stream_sql import breaches
from flink_jobs.violations import together
from schemas.events import EVENT_NAMES
from validators.stream_rule import Kind
from validators.stream_ruleset import shipped

#: What is told of every kind in one way.
_COMMON = {"name", "on", "severity", "dimension", "why", "needed_by", "passes", "fails"}


def named(name: str) -> Kind | None:
    """The shipped rule of a name."""
    return next((rule for rule in shipped() if rule.name == name), None)


def names() -> set[str]:
    """Of the shipped rules."""
    return {rule.name for rule in shipped()}


def described(rule: Kind) -> dict[str, Any]:
    """A rule as JSON values, without its examples."""
    told = rule.model_dump(mode="json", exclude={"passes", "fails", "on"})
    return {"rule": told.pop("name"), "events": list(rule.events), **told}


def table() -> Table:
    """The shipped rules, a row each."""
    found = Table("rule", "kind", "events", "by", "severity", "dimension", "needed by", box=None)
    for rule in shipped():
        needed_by = "\n".join(rule.needed_by)
        found.add_row(rule.name, rule.kind, _events(rule), rule.key, rule.severity, rule.dimension, needed_by)
    return found


def explain(rule: Kind, as_json: bool) -> None:
    """Print all of one rule: what it asks, why, for whom, its examples, and the SQL that its job runs."""
    sql = breaches(*next(alike for alike in together(shipped()) if rule in alike))
    examples = [
        {"example": list(sequence), "verdict": kind}
        for kind in ("passes", "fails")
        for sequence in getattr(rule, kind)
    ]
    if as_json:
        print(json.dumps([described(rule) | {"examples": examples, "sql": sql}], default=str))
        return
    console = Console(highlight=False)
    console.print(f"[bold]{rule.name}[/]  {rule.severity}, {rule.dimension}, {rule.kind} on {_events(rule)}")
    facts = Table(box=None, show_header=False)
    for name, value in rule.model_dump(mode="json", exclude=_COMMON | {"kind", "flag_ms"}).items():
        facts.add_row(f"  {name}", ", ".join(value) if isinstance(value, list) else str(value))
    if rule.severity == "abuse":
        facts.add_row("  flag_ms", str(rule.flag_ms))
    facts.add_row("  why", rule.why)
    facts.add_row("  needed by", ", ".join(rule.needed_by) or "nothing that is computed")
    for told in examples:
        facts.add_row(f"  {told['verdict']}", "\n".join(json.dumps(e, default=str) for e in told["example"]))
    console.print(facts, markup=False)
    console.print(f"\n{sql}", markup=False, soft_wrap=True)


def _events(rule: Kind) -> str:
    return "all" if rule.events == EVENT_NAMES else ", ".join(rule.events)
