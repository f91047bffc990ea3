"""``headwater quality``: how good the data is now, and what is wrong with it."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from redis import Redis
from rich.table import Table

from headwater import rule_versions
from headwater.commands.rule_whatif import span_ms
from headwater.commands.runtime import Json
from headwater.console import Watching, watched, wide
from headwater.redis_client import client
from headwater.runtime.endpoints import endpoints
from headwater.settings import load
from headwater.traffic.delivery import wall_ms
from schemas.events import EVENT_NAMES
from schemas.quality import Count
from sinks.redis_quality import RedisQuality
from validators.ruleset import RuleSet
from validators.watch.score import DIMENSIONS, by_rule, scores

_SHOWN = 10

Last = Annotated[str, typer.Option("--last", help="How far to look back, such as 15m or 24h.")]


def quality(last: Last = "15m", watch: Watching = False, as_json: Json = False) -> None:
    """Show how good the data is: a score for each dimension and event type, the rules that fail, and open
    alerts.

    A score is the share of events without a failure in that dimension. The share that fails a rule is of all
    events of the type that could be read, also of those that its `when` leaves out or that came before it.
    Ends with 1 while a hard condition holds, so that a script can wait for good data.
    """
    last_ms = span_ms(last)
    where = endpoints(load())
    with client(where.redis) as redis:
        found = now(redis, where.kafka, last_ms)
        if as_json:
            print(json.dumps(found))
        elif watch:
            watched(lambda: picture(now(redis, where.kafka, last_ms)))
        else:
            wide().print(picture(found))
    if any(condition["open"] for condition in found["conditions"]):
        raise typer.Exit(1)


def now(redis: Redis, kafka: str, last_ms: int) -> dict[str, Any]:
    """What `collect` tells, by the rules in force, up to this moment."""
    rules = rule_versions.history(kafka).in_force.rules
    return collect(RedisQuality(redis), rules, last_ms, wall_ms())


def collect(held: RedisQuality, rules: RuleSet, last_ms: int, now_ms: int) -> dict[str, Any]:
    """All of it as JSON values: `scores` by event type and dimension, `events` of each type, `rules` that
    failed, `violations` of rules over many events, open `alerts`, and `conditions`."""
    counts = [count for count in held.read_counts(now_ms - last_ms, now_ms + 1) if count.slice == "all"]
    return {
        "scores": _scores(counts, rules),
        "events": {event: sum(c.n for c in counts if c.event == event) for event in EVENT_NAMES},
        "rules": [
            asdict(rule) | {"ratio": rule.ratio}
            for rule in sorted(by_rule(counts, rules), key=lambda rule: -rule.failed)
            if rule.failed
        ],
        "violations": [
            {"rule": rule, "event": event, "n": n}
            for (rule, event), n in sorted(held.read_violations(now_ms - last_ms, now_ms + 1).items())
        ],
        "alerts": [asdict(alert) for alert in held.alerts()],
        "conditions": [asdict(condition) for condition in held.conditions()],
    }


def _scores(counts: Sequence[Count], rules: RuleSet) -> dict[str, dict[str, float | None]]:
    """By event type and dimension, over all minutes; None where there were no events."""
    checked: dict[tuple[str, str], int] = defaultdict(int)
    failed: dict[tuple[str, str], int] = defaultdict(int)
    for score in scores(counts, rules):
        checked[score.event, score.dimension] += score.checked
        failed[score.event, score.dimension] += score.failed
    return {
        event: {
            d: 1 - failed[event, d] / checked[event, d] if checked[event, d] else None for d in DIMENSIONS
        }
        for event in EVENT_NAMES
    }


def picture(found: dict[str, Any]) -> Table:
    """What `collect` found, for people."""
    whole = Table.grid(padding=(0, 0, 1, 0))
    whole.add_row(_score_table(found["scores"], found["events"]))
    if found["rules"]:
        whole.add_row(_rule_table(found["rules"][:_SHOWN]))
    if found["violations"]:
        whole.add_row(_violation_table(found["violations"]))
    whole.add_row(_alert_table(found["alerts"]) if found["alerts"] else "no alerts")
    for condition in found["conditions"]:
        if condition["open"]:
            suffers = ", ".join((*condition["features"], *condition["models"]))
            broken = f"[red]{condition['name']} is broken[/]: {condition['reason']}"
            whole.add_row(f"{broken}; degraded: {suffers}")
    return whole


def _score_table(scores: dict[str, dict[str, float | None]], events: dict[str, int]) -> Table:
    table = Table("event", "events", *DIMENSIONS, box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for event, row in scores.items():
        table.add_row(event, f"{events[event]:,}", *(_score(row[dimension]) for dimension in DIMENSIONS))
    return table


def _score(score: float | None) -> str:
    if score is None:
        return "-"
    colour = "green" if score >= 0.99 else "yellow" if score >= 0.9 else "red"
    return f"[{colour}]{score:.2%}[/]"


def _rule_table(rules: Iterable[dict[str, Any]]) -> Table:
    table = Table("rule that fails", "event", "failed", "of all read", "share", box=None)
    for rule in rules:
        numbers = f"{rule['failed']:,}", f"{rule['checked']:,}", f"{rule['ratio']:.2%}"
        table.add_row(rule["rule"], rule["event"], *numbers)
    return table


def _violation_table(violations: Iterable[dict[str, Any]]) -> Table:
    table = Table("rule over many events", "event", "violations", box=None)
    for each in violations:
        table.add_row(each["rule"], each["event"], f"{each['n']:,}")
    return table


def _alert_table(alerts: Iterable[dict[str, Any]]) -> Table:
    table = Table("alert", "on", "since", "what", box=None)
    for alert in alerts:
        part = "" if alert["slice"] == "all" else f" {alert['slice']} {alert['value'] or '(none)'}"
        since = time.strftime("%H:%M", time.gmtime(alert["at_ms"] / 1_000))
        table.add_row(f"[red]{alert['rule']}[/]", f"{alert['event']}{part}", since, alert["message"])
    return table
