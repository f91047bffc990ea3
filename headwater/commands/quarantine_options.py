"""What the commands of ``headwater quarantine`` share: which records are meant, and where they are."""

from __future__ import annotations

from typing import Annotated

import typer

from features.duration import parse_ms
from headwater import rule_versions
from headwater import titles as catalogue
from headwater.commands.rule_apply import address
from headwater.errors import HeadwaterError
from headwater.quarantine.choose import Wanted
from headwater.quarantine.kafka_log import KafkaLog
from headwater.traffic.delivery import wall_ms
from schemas.events import EVENT_NAMES
from validators.ruleset import RuleSet
from validators.titles import Titles

Events = Annotated[
    list[str] | None, typer.Option("--event", help="Only of this event type; may be repeated.")
]
Reason = Annotated[str | None, typer.Option("--reason", help="Only with this reason among theirs.")]
Since = Annotated[str | None, typer.Option("--since", help="Only of the last 10m, 1h, 7d and so on.")]


def wanted(events: list[str] | None, reason: str | None, since: str | None) -> Wanted:
    """The records that options ask for. Raises HeadwaterError."""
    if unknown := sorted(set(events or ()) - set(EVENT_NAMES)):
        raise HeadwaterError(
            f"there is no event type {unknown[0]!r} (--event)", f"use one of {', '.join(EVENT_NAMES)}"
        )
    return Wanted(tuple(events or EVENT_NAMES), reason, since_ms(since))


def since_ms(since: str | None) -> int:
    """When a --since began; 0 without one. Raises HeadwaterError."""
    if since is None:
        return 0
    try:
        return max(0, wall_ms() - parse_ms(since))
    except ValueError:
        raise HeadwaterError(
            f"--since {since} is no duration", "write a whole number and s, m, h or d, such as 10m"
        ) from None


def rules() -> RuleSet:
    """The rules in force, by which records are judged here."""
    return rule_versions.history(address()).in_force.rules


def titles() -> Titles:
    """The catalogue, in which rules look events up."""
    return catalogue.in_force(address())


def log() -> KafkaLog:
    """The topics there."""
    return KafkaLog(address())
