"""What a form of the race ended with, to be compared with what the others did: verdicts and every tile."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import redis

from features.layout import layouts
from sinks.redis_ledger import RedisLedger
from tests.bench.views import RACE


@dataclass(frozen=True)
class Totals:
    """Events by type and verdict; for each view its tiles, the events in them, and a digest of all values."""

    verdicts: Mapping[str, int]
    views: tuple[tuple[str, int, int, str], ...]


def totals(client: redis.Redis, verdicts: Mapping[str, int] | None = None) -> Totals:
    """What Redis holds; the verdicts are the ledger's unless given."""
    return Totals(dict(sorted((verdicts or ledger(client)).items())), tuple(_view(client)))


def ledger(client: redis.Redis) -> Counter[str]:
    """The ledger's events by type and verdict."""
    found: Counter[str] = Counter()
    for total in RedisLedger(client).read():
        found[f"{total.event} {total.verdict}"] += total.n
    return found


def _view(client: redis.Redis) -> Iterator[tuple[str, int, int, str]]:
    for view in RACE:
        (layout,) = layouts(view)
        keys = sorted(client.scan_iter(layout.keys(["*"], 0)[0].replace("{", r"\{"), count=10_000))
        digest, tiles, events = hashlib.sha256(), 0, 0
        for start in range(0, len(keys), 1_000):
            chunk = keys[start : start + 1_000]
            records = layout.unpack(client.mget(chunk))  # type: ignore[arg-type]
            tiles, events = tiles + int(np.count_nonzero(records["n"])), events + int(records["n"].sum())
            digest.update(b"".join(chunk) + records.tobytes())
        yield view.name, tiles, events, digest.hexdigest()[:12]
