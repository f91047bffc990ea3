"""Scores of members beside the traffic of clients, as `score_members` would tell them: to try rules on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

from headwater.traffic.catalogue import GENRES
from headwater.traffic.message import Message, message
from headwater.traffic.population import pick
from online_models.members.measure import WHO
from online_models.members.scorer import EVENT

#: One sound event in so many is followed by a score of its member.
_ONE_IN = 2


def scored(messages: Iterable[Message], rng: Random) -> Iterator[Message]:
    """The messages, and on top of them scores at the times of some: of conduct or of habits."""
    for m in messages:
        yield m
        if m.fault is None and rng.random() * _ONE_IN < 1:
            yield message(EVENT, _record(m, rng), m.due_ms)


def _record(m: Message, rng: Random) -> dict[str, object]:
    conduct = rng.random() < 0.5
    habits = None if conduct else int(rng.random() * 8)
    return {
        **{name: m.record[name] for name in ("event_time", "member_id", *WHO)},
        "event_id": f"{m.record['event_id']}-a",
        "anomaly": round(rng.random(), 6) if conduct else None,
        "taste_number": habits,
        "taste": None if conduct else pick(rng, GENRES),
        "churn_risk": None if conduct else round(rng.random(), 6),
    }
