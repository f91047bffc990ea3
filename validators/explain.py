"""Why an event fails: each rule that it breaks, and what the fields held that the rule reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from schemas.codec import decode_batch
from schemas.events import EVENTS
from schemas.registry import EMBEDDED, Registry
from validators.inspect import columns, inspect
from validators.rule import Rule
from validators.ruleset import RuleSet
from validators.titles import NO_TITLES, Titles


@dataclass(frozen=True)
class Failure:
    """A rule that an event breaks, and the values of the fields it reads; times are in milliseconds."""

    rule: Rule
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Explained:
    """Why a frame cannot be read (`reason`), or which rules it fails; a sound event has neither."""

    reason: str | None
    failures: tuple[Failure, ...]


def explain(
    event: str,
    value: bytes | None,
    ingestion_ms: int,
    rules: RuleSet,
    titles: Titles = NO_TITLES,
    registry: Registry = EMBEDDED,
) -> Explained:
    """Judge one frame of an event type, taken in by the broker at that time. Holds for any bytes."""
    decoded = decode_batch(EVENTS[event], [value], registry)
    if decoded.reasons:
        return Explained(decoded.reasons[0], ())
    seen = columns([decoded.batch], np.array([ingestion_ms], dtype=np.int64), titles)
    row = seen.row(0, named=True)
    found = inspect(rules.rules[event], seen)
    return Explained(
        None,
        tuple(
            Failure(rule, {name: row[name] for name in rule.failure.meta.root_names()})
            for rule, failed in zip(found.rules, found.failed[:, 0], strict=True)
            if failed
        ),
    )
