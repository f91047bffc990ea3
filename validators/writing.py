"""Rules as text, written as somebody would write them."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import indent

import yaml

from schemas.events import EVENT_NAMES
from validators.rule import Example, Rule
from validators.ruleset import RuleSet


def rule_file(events: Sequence[str], rules: Sequence[Rule], head: str) -> str:
    """A rule file of rules on some event types, with a line that says where it comes from."""
    on = '"*"' if tuple(events) == EVENT_NAMES else f"[{', '.join(events)}]"
    return f"# {head}\non: {on}\n" + ("rules:\n" if rules else "rules: []\n") + "\n".join(map(_item, rules))


def rule_files(rules: RuleSet, head: str) -> dict[str, str]:
    """Rule files, by their names, that are this set: one for all rules of the same event types."""
    on: dict[str, list[str]] = {}
    known: dict[str, Rule] = {}
    for event, of_event in rules.rules.items():
        for rule in of_event:
            key = rule.model_dump_json()
            on.setdefault(key, []).append(event)
            known[key] = rule
    groups: dict[tuple[str, ...], list[Rule]] = {}
    for key, events in on.items():
        groups.setdefault(tuple(events), []).append(known[key])
    return {
        f"{'common' if events == EVENT_NAMES else '_'.join(events)}.yaml": rule_file(events, of_group, head)
        for events, of_group in groups.items()
    }


def _item(rule: Rule) -> str:
    told = rule.model_dump(mode="json", exclude_defaults=True)
    told |= {kind: _Inline(told[kind]) for kind in ("passes", "fails")}
    return indent(yaml.dump([told], Dumper=_Dumper, sort_keys=False, width=10**6), "  ")


class _Inline(list[Example]):
    """A list that is written on one line."""


class _Dumper(yaml.SafeDumper):
    """Writes examples as the shipped rules do."""


_Dumper.add_representer(
    _Inline, lambda dumper, items: dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)
)
