"""The gate finds every fault of a seeded stream and calls nothing a fault that is none: kind by kind.

A *sign* is what the gate tells of a record: each reason of what it sets aside or warns of, else `valid`,
`late` or `duplicate`. A kind of fault has as signs the reasons that it declares, or its outcome. Oversize
values and records without a key are set aside in SQL, before the gate: `tests/runtime` finds those.
"""

from __future__ import annotations

import zlib
from itertools import chain
from random import Random
from typing import NamedTuple

import numpy as np
import pytest

from headwater.titles import for_rules
from headwater.traffic.fault import Fault
from headwater.traffic.faults import CATALOGUE
from headwater.traffic.generate import traffic
from headwater.traffic.message import Message
from headwater.traffic.population import catalogued, make_world
from headwater.traffic.sitting import MADE
from schemas.topics import raw
from validators.gate import Gate, NoLog, Records, Unchanging
from validators.judge import REJECTED, VALID, WARNED
from validators.rule import Rule
from validators.ruleset import RuleSet, load

pytestmark = pytest.mark.unit

BEFORE_THE_GATE = ("oversize", "null_key")
ROW_KINDS = [fault for fault in CATALOGUE if fault.name not in BEFORE_THE_GATE]
KIND = {fault.name: fault for fault in CATALOGUE}
PLAIN = frozenset({"valid"})
ENDED = {REJECTED: "quarantined", WARNED: VALID}
BATCH, PARTITIONS, START_MS = 500, 3, 1_780_000_000_000
RULES = load()
WORLD = make_world(Random(3), members=400, titles=200)
TITLES = for_rules({title.title_id: title for title in catalogued(WORLD.titles)})
STRICT = {"expect": "country ~ '^[A-Z]{2}$' AND country <> 'BR'"}


class Seen(NamedTuple):
    """A message, its verdict, the signs that it should have, and those that the gate gave it."""

    message: Message
    verdict: str
    true: frozenset[str]
    told: frozenset[str]


def signs(fault: Fault) -> frozenset[str]:
    return frozenset(fault.reasons or (fault.outcome,))


def judged(sent: list[Message], rules: RuleSet) -> list[Seen]:
    gate, seen, places = (
        Gate(Unchanging(rules), NoLog(), lambda: TITLES),
        [],
        dict.fromkeys(range(PARTITIONS), 0),
    )
    for start in range(0, len(sent), BATCH):
        batch = sent[start : start + BATCH]
        partitions = [zlib.crc32(m.key or b"") % PARTITIONS for m in batch]
        offsets = []
        for partition in partitions:
            offsets.append(places[partition])
            places[partition] += 1
        said = gate.judge(
            Records(
                [raw(m.event) for m in batch],
                np.array(partitions),
                np.array(offsets),
                np.array([m.due_ms for m in batch]),
                [m.value for m in batch],
            )
        )
        for message, verdict, reasons in zip(batch, said.verdict, said.reasons, strict=True):
            told = reasons.split(",") if verdict in (REJECTED, WARNED) else [verdict]
            true = PLAIN if message.fault is None else signs(KIND[message.fault])
            seen.append(Seen(message, verdict, true, frozenset(told)))
    return seen


def found(fault: Fault, stream: list[Seen]) -> tuple[float, float]:
    """Recall and precision of a kind."""
    mine = signs(fault)
    sent = [seen for seen in stream if seen.message.fault == fault.name]
    told = [seen for seen in stream if seen.told & mine]
    assert len(sent) >= 50
    recall = sum(bool(seen.told & mine) for seen in sent) / len(sent)
    return recall, sum(bool(seen.told & mine & seen.true) for seen in told) / max(1, len(told))


@pytest.fixture(scope="module")
def sent() -> list[Message]:
    """Some kinds only few types can have, and those are rare."""
    parts = enumerate((MADE, ("seek",), ("playback_health",)))
    all_of_it = (
        traffic(
            WORLD, 500, 32, START_MS + 32_000 * n, 3, fault_rate=0.3, servers=True, only=only, scores=True
        )
        for n, only in parts
    )
    return [m for m in chain.from_iterable(all_of_it) if m.fault not in BEFORE_THE_GATE]


@pytest.fixture(scope="module")
def stream(sent: list[Message]) -> list[Seen]:
    return judged(sent, RULES)


def test_there_are_at_least_20_kinds_and_one_for_each_rule_that_rejects() -> None:
    assert len(CATALOGUE) >= 20
    rejecting = {r.name for rules in RULES.rules.values() for r in rules if r.severity == "reject"}
    assert not rejecting - {reason for fault in CATALOGUE for reason in fault.reasons}


@pytest.mark.parametrize("fault", ROW_KINDS, ids=lambda fault: fault.name)
def test_a_kind_is_found_wherever_it_is_and_nowhere_else(fault: Fault, stream: list[Seen]) -> None:
    assert found(fault, stream) == (1.0, 1.0)


def test_everything_ends_as_the_truth_has_it(stream: list[Seen]) -> None:
    for seen in stream:
        assert ENDED.get(seen.verdict, seen.verdict) == seen.message.outcome, seen


def test_a_rule_that_is_missing_or_too_strict_would_be_noticed(sent: list[Message]) -> None:
    of_country = {"bad_country", "missing_field"}
    without = {e: tuple(r for r in of if r.name != "country_iso") for e, of in RULES.rules.items()}
    stream = judged(sent, RuleSet(without))
    missed = {fault.name for fault in ROW_KINDS if found(fault, stream)[0] < 1}
    assert missed == of_country
    strict = {
        e: tuple(Rule(**r.model_dump() | STRICT) if r.name == "country_iso" else r for r in of)
        for e, of in RULES.rules.items()
    }
    stream = judged(sent, RuleSet(strict))
    wrong = {fault.name for fault in ROW_KINDS if found(fault, stream)[1] < 1}
    assert wrong == of_country
