"""One set-aside record in full: what it holds, how far it can be read, and which rules it fails."""

from __future__ import annotations

from typing import Any

from headwater.quarantine.hexdump import hexdump, plain
from headwater.quarantine.log import Log
from headwater.quarantine.record import Held, told
from headwater.quarantine.replay import mark, replayed
from schemas.partial import read_partly
from validators.explain import Failure, explain
from validators.ruleset import RuleSet
from validators.titles import NO_TITLES, Titles


def picture(held: Held, replayed: bool, rules: RuleSet, titles: Titles = NO_TITLES) -> dict[str, Any]:
    """As JSON values. Rules are judged as of the record's ingestion time, and are those given here: if
    `judged_by` differs from `ruleset`, they are not the ones that set it aside.

    `unreadable` is the reason why the event cannot be read, and `stopped` where; `fields` are those before.
    """
    record = told(held)
    reading = read_partly(held.value)
    explained = explain(record.event, held.value, held.time_ms, rules, titles)
    return {
        **record.to_json(),
        "replayed": replayed,
        "headers": {name: plain(value) for name, value in held.headers.items()},
        "key": plain(held.key),
        "bytes": None if held.value is None else hexdump(held.value),
        "schema": reading.writer and f"{reading.writer.event} {reading.writer.version}",
        "fields": reading.fields,
        "unreadable": explained.reason,
        "stopped": reading.problem,
        "judged_by": rules.hash,
        "failures": [_failure(f) for f in explained.failures],
    }


def picture_in(log: Log, held: Held, rules: RuleSet, titles: Titles = NO_TITLES) -> dict[str, Any]:
    """The picture of a record of a log, which says whether it was sent again."""
    return picture(held, mark(told(held)) in replayed(log), rules, titles)


def _failure(failure: Failure) -> dict[str, Any]:
    rule = failure.rule.model_dump(include={"expect", "when", "severity", "dimension", "why"})
    return {"rule": failure.rule.name, **rule, "values": dict(failure.values)}
