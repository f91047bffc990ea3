"""Seeded traffic with faults, faster than it is made: a block, repeated with fresh ids and times."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from headwater.traffic.generate import traffic
from headwater.traffic.message import Message
from headwater.traffic.population import World, make_world
from headwater.traffic.producer import KafkaSink
from schemas.codec import encode
from schemas.topics import MAX_DATUM_BYTES, raw

#: Event time that a preload spans: within the rings of the race's views, faults out of order included.
SPAN_S = 200
_BLOCK_S = 20
_FAULTS = 0.01
_TITLES = 2_000
MEMBERS = 20_000


def preload(kafka: str, events: int, now_ms: int, scores: bool = False) -> int:
    """Send about that many, all at once, with `scores` of members more; how many it were.

    Oversize values are left out: a MiB each.
    """
    sink, sent = KafkaSink(kafka), 0
    for message in _messages(events, now_ms - SPAN_S * 1_000, scores):
        sink.send(raw(message.event), message.key, message.value)
        sent += 1
    sink.flush()
    return sent


def world() -> World:
    """Who sends, and what is watched."""
    return make_world(Random("bench"), MEMBERS, _TITLES)


def _messages(events: int, start_ms: int, scores: bool) -> Iterator[Message]:
    rate_per_s = events // SPAN_S
    block = [
        (m, m.value == encode(m.event, m.record))
        for m in traffic(world(), rate_per_s, _BLOCK_S, start_ms, seed=1, fault_rate=_FAULTS, scores=scores)
        if len(m.value or b"") <= MAX_DATUM_BYTES
    ]
    for n in range(SPAN_S // _BLOCK_S):
        for message, sound in block:
            if not sound or not n:
                yield message
                continue
            before = message.record["event_id"]
            later = {
                # One that is missing stays missing.
                "event_id": before and f"{n}-{before}",
                "event_time": message.record["event_time"] + n * _BLOCK_S * 1_000,
            }
            yield message._replace(value=encode(message.event, message.record | later))
