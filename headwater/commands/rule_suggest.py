"""``headwater rules suggest``: what events suggest as rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from headwater.commands.rule_apply import address
from headwater.commands.rule_files import EventName, event_lines, event_type
from headwater.commands.rule_whatif import Last, Limit, span_ms
from headwater.commands.runtime import Json, say
from headwater.recent_events import recent
from headwater.traffic.delivery import wall_ms
from schemas.events import EventType
from validators.jsonl import Event
from validators.suggest import readable, to_yaml
from validators.suggest import suggest as suggestions_of

Sample = Annotated[
    Path | None,
    typer.Option("--from", help="A file of events, one JSON object a line; else recent ones of Kafka."),
]


def suggest(
    sample: Sample = None,
    event: EventName = None,
    last: Last = "1h",
    limit: Limit = 50_000,
    as_json: Json = False,
) -> None:
    """Propose rules from a sample of events, as a rule file to correct and keep.

    Bounds are robust quantiles, sets are of values that are not rare. Each says on how much of the sample it
    holds, and between which shares of all events would fail (Wilson's score interval, 95%).
    """
    if sample is None:
        kind = event_type(event)
        events, bad = _recent(kind, last, limit)
    else:
        kind, lines = event_lines(sample, event)
        events, bad = list(lines.told.values()), len(lines.bad)
        for number, why in lines.bad.items():
            say(f"{sample}:{number}: {why}")
    found = suggestions_of(kind, events)
    if not as_json:
        print(to_yaml(kind, found, len(events)), end="")
        return
    rules = [
        {
            "rule": s.rule.model_dump(mode="json"),
            "tried": s.tried,
            "failing": s.failing,
            "interval": s.interval,
        }
        for s in found
    ]
    print(json.dumps({"event": kind.name, "events": len(events), "bad_lines": bad, "rules": rules}))


def _recent(kind: EventType, last: str, limit: int) -> tuple[list[Event], int]:
    """The events of the raw topic, and how many records were none."""
    events, bad = list[Event](), 0
    with recent(address(), (kind.name,), wall_ms() - span_ms(last), limit) as found:
        for records in found.batches:
            read = readable(kind, records.value, records.time_ms)
            bad += len(records.value) - len(read)
            events += read
    say(f"{len(events):,} of {found.there:,} records of the last {last} were read as events")
    return events, bad
