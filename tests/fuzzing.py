"""Seeded inputs that no producer should send, and what must be true of the gate whatever it is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

import numpy as np

from headwater.traffic.generate import traffic
from headwater.traffic.population import make_world
from schemas.codec import FRAME_BYTES, encode, encode_datum, read_datum
from schemas.events import EVENT_NAMES, EVENTS
from schemas.registry import EMBEDDED
from schemas.topics import raw
from validators.gate import DUPLICATE, Gate, NoLog, Records, Unchanging
from validators.judge import LATE, REJECTED, VALID, WARNED, judge
from validators.ruleset import load

BATCH, ALONE_EACH, MOST_BYTES = 2_000, 97, 8_192
START_MS = 1_780_000_000_000
NOW_MS = START_MS + 60_000
_HUGE = (
    b"\xff" * 9 + b"\x03",
    b"\xff\xff\xff\xff\x1e",
    b"\xff" * 9 + b"\x01",
    b"\xff" * 12,
    b"\xfe\xff\xff\xff\x0f",
    b"\x80" * 6 + b"\x00",
    b"\x01",
)
_EXTREMES: dict[str, tuple[object, ...]] = {
    "string": ("", "x" * 65, "é" * 64, "\x00", "|,", "𝄞" * 2_000),
    "long": (0, -1, 2**63 - 1, -(2**63), 2**53 + 1),
    "int": (0, -1, 2**31 - 1, -(2**31)),
    "boolean": (True, False),
    "double": (0.0, float("nan"), float("inf")),
}

Pool = list[tuple[str, bytes]]


def _random(rng: Random, _: bytes, __: bytes) -> bytes:
    return rng.randbytes(rng.randrange(200))


def _flipped(rng: Random, value: bytes, _: bytes) -> bytes:
    changed = bytearray(value)
    for _n in range(rng.randint(1, 3)):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _truncated(rng: Random, value: bytes, _: bytes) -> bytes:
    return value[: rng.randrange(len(value))]


def _spliced(rng: Random, value: bytes, other: bytes) -> bytes:
    return value[: rng.randrange(len(value))] + other[rng.randrange(len(other)) :]


def _huge_varint(rng: Random, value: bytes, _: bytes) -> bytes:
    at = rng.randrange(FRAME_BYTES, len(value))
    return value[:at] + rng.choice(_HUGE) + value[at + rng.randrange(3) :]


def _repeated(rng: Random, value: bytes, _: bytes) -> bytes:
    """A stretch of it again and again, as deep nesting or a long value would look."""
    start, stop = sorted((rng.randrange(len(value)), rng.randrange(len(value))))
    return (value[:stop] + value[start:stop] * rng.randrange(60) + value[stop:])[:MOST_BYTES]


def _other_schema(rng: Random, value: bytes, _: bytes) -> bytes:
    known = rng.choice([*EMBEDDED.writers, 0, 2**31, 2**32 - 1, rng.randrange(2**32)])
    return b"\x00" + known.to_bytes(4, "big") + value[FRAME_BYTES:]


def _as_it_is(_: Random, value: bytes, __: bytes) -> bytes:
    return value


CHANGES: tuple[Callable[[Random, bytes, bytes], bytes], ...] = (
    _random,
    _flipped,
    _truncated,
    _spliced,
    _huge_varint,
    _repeated,
    _other_schema,
    _as_it_is,
)


def pool(rng: Random, size: int) -> Pool:
    """Sound frames of all event types, and as many whose values are at the ends of what Avro allows."""
    world = make_world(Random(rng.random()), members=200, titles=50)
    sound = list(traffic(world, size, 1, START_MS, seed=rng.randrange(2**32), servers=True, scores=True))
    frames = [(m.event, m.value) for m in sound if m.value is not None]
    for message in sound:
        odd = {
            c.name: None if c.nullable and rng.random() < 0.5 else rng.choice(_EXTREMES[c.avro])
            for c in EVENTS[message.event].columns
            if rng.random() < 0.3
        }
        frames.append((message.event, encode(message.event, message.record | odd)))
    return frames


def inputs(seed: int, count: int) -> Iterator[list[tuple[str, bytes | None]]]:
    """Batches of event types and values; the same arguments give the same."""
    rng = Random(seed)
    frames = pool(rng, size=1_000)
    for start in range(0, count, BATCH):
        batch: list[tuple[str, bytes | None]] = []
        for _ in range(min(BATCH, count - start)):
            (event, value), (_, other) = rng.choice(frames), rng.choice(frames)
            changed = rng.choice(CHANGES)(rng, value, other)
            if rng.random() < 0.05:
                event = rng.choice(EVENT_NAMES)
            batch.append((event, None if rng.random() < 0.002 else changed))
        yield batch


class Tally(NamedTuple):
    """How many inputs had each verdict and each reason, and how many were judged alone too."""

    verdicts: Counter[str]
    reasons: Counter[str]
    alone: int


def hold(seed: int, count: int) -> Tally:
    """Judge that many inputs as the gate does. Fails where a verdict is missing, or depends on the batch, or
    what is let through cannot be read by another decoder."""
    rules = load()
    gate, tally, offset = Gate(Unchanging(rules), NoLog()), Tally(Counter(), Counter(), 0), 0
    for batch in inputs(seed, count):
        values = [value for _, value in batch]
        places, times = np.arange(offset, offset + len(batch)), np.full(len(batch), NOW_MS)
        topics = [raw(event) for event, _ in batch]
        found = gate.judge(Records(topics, np.zeros(len(batch), np.int64), places, times, values))
        rows = list(zip(found.verdict, found.reasons, found.datum, strict=True))
        assert len(rows) == len(batch)
        for (event, value), (verdict, reasons, datum) in zip(batch, rows, strict=True):
            assert verdict in (VALID, WARNED, LATE, REJECTED, DUPLICATE), (event, value)
            assert (datum is None) == (verdict == REJECTED), (event, value)
            assert reasons or verdict not in (REJECTED, WARNED), (event, value)
            if datum is not None:
                writer = EMBEDDED.writers[EMBEDDED.current_id[event]]
                record = read_datum(EVENTS[event], writer, datum)
                assert encode_datum(EVENTS[event], record) == datum, (event, value)
            tally.verdicts[verdict] += 1
            tally.reasons.update(reasons.split(",") if reasons else ())
        sampled = range(offset % ALONE_EACH, len(batch), ALONE_EACH)
        for i in sampled:
            (event, value), (verdict, reasons, datum) = batch[i], rows[i]
            one = judge({event: np.array([0])}, [value], times[:1], rules)
            assert one.verdict[0] == verdict or (verdict == DUPLICATE and one.verdict[0] in (VALID, WARNED))
            assert (one.reasons[0], one.datum[0]) == (reasons, datum), (event, value)
        tally = tally._replace(alone=tally.alone + len(sampled))
        offset += len(batch)
    return tally


def told(tally: Tally, seconds: float) -> str:
    """A tally in words."""
    count = tally.verdicts.total()
    lines = [
        f"{count:,} inputs in {seconds:.0f} s, {count / seconds:,.0f}/s; {tally.alone:,} of them alone too"
    ]
    for what in (tally.verdicts, tally.reasons):
        lines.append(", ".join(f"{name} {n:,}" for name, n in what.most_common()))
    return "\n".join(lines)
