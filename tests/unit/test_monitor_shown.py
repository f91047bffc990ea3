"""What `headwater quality` shows of rules: how many failed, and of what."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from headwater.commands.quality import picture
from schemas.quality import Count
from validators.ruleset import load
from validators.watch.score import by_rule

pytestmark = pytest.mark.unit


def test_a_share_says_that_it_is_of_all_events_that_were_read() -> None:
    # Nobody counts which of them a rule's `when` excludes, or came before it was in force.
    counts = [
        Count(0, "play", "all", "", "valid", "", 90),
        Count(0, "play", "all", "", "rejected", "country_iso", 10),
        Count(0, "play", "all", "", "rejected", "malformed", 900),
    ]
    (rule,) = (rule for rule in by_rule(counts, load()) if rule.failed)
    rules = [vars(rule) | {"ratio": rule.ratio}]
    found = {"scores": {}, "events": {}, "rules": rules, "violations": [], "alerts": [], "conditions": []}
    console = Console(file=io.StringIO(), width=120)
    console.print(picture(found))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    (head,) = (line for line in text.splitlines() if "rule that fails" in line)
    assert head.split() == ["rule", "that", "fails", "event", "failed", "of", "all", "read", "share"]
    (row,) = (line for line in text.splitlines() if "country_iso" in line)
    assert row.split() == ["country_iso", "play", "10", "100", "10.00%"]
