"""``headwater rules whatif``: what other rules would make of the events that came lately."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from features.duration import parse_ms
from headwater import rule_versions, titles
from headwater.commands.rule_apply import Given, Only, address, propose, read, refuse
from headwater.commands.rule_files import EventName, event_type
from headwater.commands.runtime import Json
from headwater.console import bar
from headwater.errors import HeadwaterError
from headwater.recent_events import Recent, recent
from headwater.traffic.delivery import wall_ms
from schemas.events import EVENT_NAMES
from validators.whatif import Broken, WhatIf

Last = Annotated[str, typer.Option("--last", help="How far back, such as 10m or 1h, by ingestion time.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="Read so many events at most, the newest.")]


def whatif(
    files: Given,
    last: Last = "1h",
    event: EventName = None,
    only: Only = False,
    limit: Limit = 200_000,
    as_json: Json = False,
) -> None:
    """Judge the events of the last while by the rules in force and as files would make them, side by side.

    Files are taken as `headwater rules apply` takes them. Nothing is published or written. Copies of an event
    are judged as events, since nothing is remembered here. Ends with 1 if anything would be judged otherwise.
    """
    kafka, names = address(), EVENT_NAMES if event is None else (event_type(event).name,)
    since_ms = wall_ms() - span_ms(last)
    before = rule_versions.history(kafka).in_force
    given, found = read(before.published, files, only)
    if found:
        refuse(found, as_json)
    after = propose(before.published, given, only, observe_first=False, note="")
    compared = WhatIf(before.rules, after.rules, titles.in_force(kafka))
    with recent(kafka, names, since_ms, limit) as events:
        _compare(compared, events)
    if as_json:
        print(json.dumps(_summary(compared, events)))
    else:
        _tell(compared, events, last)
    if compared.changed():
        raise typer.Exit(1)


def span_ms(last: str) -> int:
    """A length of time as --last tells it. Raises HeadwaterError."""
    try:
        return parse_ms(last)
    except ValueError as error:
        raise HeadwaterError(f"--last: {error}", "give such as 1h") from None


def _compare(compared: WhatIf, events: Recent) -> None:
    judged = 0
    with bar("judging", events.read) as done:
        for records in events.batches:
            compared.add(records)
            judged += len(records.value)
            done(judged)


def _summary(compared: WhatIf, events: Recent) -> dict[str, Any]:
    return {
        "before": compared.before.hash,
        "after": compared.after.hash,
        "events_there": events.there,
        "events_read": events.read,
        "verdicts": [{**moved._asdict(), "events": n} for moved, n in sorted(compared.verdicts.items())],
        "reasons": [
            {
                **broken._asdict(),
                "newly_failing": compared.newly[broken],
                "no_longer_failing": compared.no_longer[broken],
                "examples": compared.examples[broken],
            }
            for broken in _reasons(compared)
        ],
    }


def _tell(compared: WhatIf, events: Recent, last: str) -> None:
    limited = f"the newest {events.read:,} (--limit) of " if events.read < events.there else ""
    print(f"{compared.before.hash} in force, {compared.after.hash} proposed")
    print(f"{limited}{events.there:,} events of the last {last}")
    for event in dict.fromkeys(moved.event for moved in sorted(compared.verdicts)):
        of_event = {m: n for m, n in sorted(compared.verdicts.items()) if m.event == event}
        same = sum(n for moved, n in of_event.items() if moved.before == moved.after)
        print(f"{event}: {sum(of_event.values()):,} events, {same:,} with the same verdict")
        for moved, n in of_event.items():
            if moved.before != moved.after:
                print(f"  {moved.before} -> {moved.after}: {n:,}")
    for line in _reason_lines(compared):
        print(line)
    if not compared.changed():
        print("nothing would change")


def _reason_lines(compared: WhatIf) -> Iterator[str]:
    for broken in _reasons(compared):
        newly, no_longer = compared.newly[broken], compared.no_longer[broken]
        told = [f"newly fails on {newly:,}"] if newly else []
        told += [f"no longer fails on {no_longer:,}"] if no_longer else []
        yield f"{broken.reason} ({broken.event}): {', '.join(told)}, such as"
        for example in compared.examples[broken]:
            yield f"  {json.dumps(example)}"


def _reasons(compared: WhatIf) -> list[Broken]:
    return sorted(compared.examples)
