"""``headwater rules test --mutants``: whether the examples of rules would notice a slip in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from rich.table import Column, Table

from headwater.traffic.spoilt import spoilt
from schemas.codec import decode_batch
from schemas.events import EVENTS
from validators.inspect import columns
from validators.mutate import settling, try_mutants
from validators.ruleset import RuleSet

#: Of every kind of fault and event type.
_EACH = 20


def tried(rules: RuleSet) -> Iterator[dict[str, Any]]:
    """A row each rule and event type: how many mutants were killed, are equivalent, and which survive.

    Raises what polars raises for a rule that cannot be evaluated.
    """
    for event, of_event in rules.rules.items():
        messages = spoilt(event, _EACH)
        decoded = decode_batch(EVENTS[event], [message.value for message in messages])
        times = np.array([messages[row].due_ms for row in decoded.rows])
        events = columns([decoded.batch], times)
        for rule in of_event:
            trial = try_mutants(rule, EVENTS[event], settling(rule, of_event, events))
            yield {
                "event": event,
                "rule": rule.name,
                "killed": trial.killed,
                "equivalent": trial.equivalent,
                "survivors": [{"what": m.what, "expect": m.rule.expect} for m in trial.survivors],
            }


def score(rows: list[dict[str, Any]]) -> float:
    """The share of mutants that were killed, of those that are not equivalent; 1 of none."""
    killed = sum(row["killed"] for row in rows)
    survived = sum(len(row["survivors"]) for row in rows)
    return killed / (killed + survived) if killed + survived else 1.0


def table(rows: list[dict[str, Any]]) -> Table:
    """The survivors, each under its rule, and the score."""
    shown = Table("event", Column("rule", overflow="fold"), "killed", "equivalent", "survivors", box=None)
    for row in rows:
        counts = (row["killed"], row["equivalent"], len(row["survivors"]))
        shown.add_row(row["event"], row["rule"], *map(str, counts))
        for survivor in row["survivors"]:
            shown.add_row("", f"  {survivor['what']}".replace("[", r"\["))
    shown.add_row("", f"score {score(rows):.1%}")
    return shown
