"""The generations of features in Redis: which there are, which one is read, and how one takes over."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import redis

from features.live import LIVE_KEY, Live, views_key
from sinks.redis_ledger import ledger_key

_MARK, _BATCH = "hw:generation:g", 1_000


def live(client: redis.Redis) -> Live:
    """The generation that is read; 0, and rebuilding, when there is none."""
    return Live.parse(client.get(LIVE_KEY))  # type: ignore[arg-type]


def begin(client: redis.Redis, generation: int, end: Mapping[str, int], views: Iterable[str]) -> None:
    """Announce a generation. With none to read meanwhile it is read at once, and said to be rebuilding.

    `end` is the place in each partition that it must reach before it may take over; `views` are those that it
    computes, as `name@version`.
    """
    client.set(views_key(generation), ",".join(views))
    client.set(f"{_MARK}{generation:x}", json.dumps(dict(end)))
    client.set(LIVE_KEY, str(Live(generation, rebuilding=True)), nx=True)


def end_of(client: redis.Redis, generation: int) -> dict[str, int] | None:
    """The places that a generation must reach; None when Redis was emptied since it began."""
    found = client.get(f"{_MARK}{generation:x}")
    return None if found is None else dict(json.loads(found))  # type: ignore[arg-type]


def whole(client: redis.Redis, generation: int) -> bool:
    """Whether this generation is read, and has caught up."""
    return live(client) == Live(generation)


def take_over(client: redis.Redis, generation: int) -> None:
    """Let a generation be read from now on."""
    client.set(LIVE_KEY, str(Live(generation)))


def retire_others(client: redis.Redis, generation: int) -> None:
    """Delete all that other generations wrote, a little at a time. Their jobs must have ended."""
    for mark in client.scan_iter(f"{_MARK}*", count=_BATCH):
        other = int(mark.decode().removeprefix(_MARK), 16)
        if other != generation:
            _delete(client, other)


def _delete(client: redis.Redis, generation: int) -> None:
    batch: list[bytes] = []
    for key in client.scan_iter(f"hw:*:g{generation:x}", count=_BATCH):
        batch.append(key)
        if len(batch) == _BATCH:
            client.unlink(*batch)
            batch.clear()
    # The mark goes last, so that what was interrupted is found again.
    client.unlink(ledger_key(generation), *batch)
    client.unlink(f"{_MARK}{generation:x}")
