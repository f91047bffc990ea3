"""Data quality in Redis, for whoever looks: counts by minute, what is wrong now, and which views suffer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from typing import Any

import redis

from features.live import DEGRADED_KEY
from schemas.quality import Alert, Condition, Count
from schemas.topics import MINUTE_MS

#: How long a minute can be looked at, in seconds.
KEPT_S = 26 * 3_600
_ALERTS, _CONDITIONS = "hw:quality:alerts", "hw:quality:conditions"
_REPINNED = "hw:quality:repinned"
_SEPARATOR = "\x1f"


def minute_key(minute_ms: int) -> str:
    """The hash of a minute: a field for each count, its total the value."""
    return f"hw:quality:counts:{minute_ms}"


def violations_key(minute_ms: int) -> str:
    """The hash of a minute: how many violations there were, by rule and event type."""
    return f"hw:quality:violations:{minute_ms}"


def _minutes(from_ms: int, until_ms: int) -> range:
    return range(-(-from_ms // MINUTE_MS) * MINUTE_MS, until_ms, MINUTE_MS)


class RedisQuality:
    """What the monitor writes and everybody reads. Raises redis.RedisError when Redis cannot be reached."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def write_counts(self, counts: Iterable[Count]) -> None:
        """Set some totals, in one round trip."""
        minutes: dict[int, dict[str, int]] = defaultdict(dict)
        for count in counts:
            _, *key, n = astuple(count)
            minutes[count.minute_ms][_SEPARATOR.join(key)] = n
        pipe = self._client.pipeline(transaction=False)
        for minute_ms, totals in minutes.items():
            pipe.hset(minute_key(minute_ms), mapping=totals)
            pipe.expire(minute_key(minute_ms), KEPT_S)
        pipe.execute()

    def read_counts(self, from_ms: int, until_ms: int) -> list[Count]:
        """The totals of the minutes that begin from `from_ms` and before `until_ms`."""
        minutes = _minutes(from_ms, until_ms)
        pipe = self._client.pipeline(transaction=False)
        for minute_ms in minutes:
            pipe.hgetall(minute_key(minute_ms))
        return [
            Count(minute_ms, *field.decode().split(_SEPARATOR), int(n))  # type: ignore[call-arg]
            for minute_ms, held in zip(minutes, pipe.execute(), strict=True)
            for field, n in held.items()
        ]

    def write_violations(self, counts: Mapping[tuple[int, str, str], int]) -> None:
        """Set how many violations there were, by minute, rule and event type, where there are more than is
        known: who starts anew reads the end of a minute again, and not all of it. In two round trips, and by
        one writer."""
        keys = [(violations_key(minute_ms), _SEPARATOR.join(rest)) for minute_ms, *rest in counts]
        pipe = self._client.pipeline(transaction=False)
        for key, field in keys:
            pipe.hget(key, field)
        for (key, field), n, held in zip(keys, counts.values(), pipe.execute(), strict=True):
            pipe.hset(key, field, str(max(n, int(held or 0))))
            pipe.expire(key, KEPT_S)
        pipe.execute()

    def read_violations(self, from_ms: int, until_ms: int) -> dict[tuple[str, str], int]:
        """Violations by rule and event type of the minutes from `from_ms` and before `until_ms`."""
        pipe = self._client.pipeline(transaction=False)
        for minute_ms in _minutes(from_ms, until_ms):
            pipe.hgetall(violations_key(minute_ms))
        found: Counter[tuple[str, str]] = Counter()
        for held in pipe.execute():
            for field, n in held.items():
                rule, event = field.decode().split(_SEPARATOR)
                found[rule, event] += int(n)
        return dict(found)

    def write_open(self, alerts: Sequence[Alert], conditions: Sequence[Condition], degraded_s: int) -> None:
        """Replace what is wrong now. The marks on views last `degraded_s` unless they are written again, so
        that a monitor that died does not leave them behind."""
        views = sorted({view for condition in conditions if condition.open for view in condition.features})
        pipe = self._client.pipeline()
        for key, told in ((_ALERTS, alerts), (_CONDITIONS, conditions)):
            pipe.delete(key)
            if told:
                pipe.rpush(key, *(each.to_json() for each in told))
        if views:
            pipe.set(DEGRADED_KEY, ",".join(views), ex=degraded_s)
        else:
            pipe.delete(DEGRADED_KEY)
        pipe.execute()

    def repin(self, pins: Iterable[tuple[str, str]], at_ms: int) -> None:
        """Ask that watches gather their reference of event types anew, from `at_ms` on. Of each the newest
        asking is kept, for whichever monitor comes to read it."""
        told = {_SEPARATOR.join(pin): str(at_ms) for pin in pins}
        self._client.hset(_REPINNED, mapping=told)

    def repinned(self) -> dict[tuple[str, str], int]:
        """When that was last asked (ms), by watch and event type."""
        held: Any = self._client.hgetall(_REPINNED)
        pins = ((*field.decode().split(_SEPARATOR), int(at_ms)) for field, at_ms in held.items())
        return {(watch, event): at_ms for watch, event, at_ms in pins}

    def alerts(self) -> list[Alert]:
        """What is raised and not cleared."""
        return [Alert.from_json(text) for text in self._all(_ALERTS)]

    def conditions(self) -> list[Condition]:
        """The hard conditions, open or not."""
        return [Condition.from_json(text) for text in self._all(_CONDITIONS)]

    def _all(self, key: str) -> list[bytes]:
        found: Any = self._client.lrange(key, 0, -1)
        return list(found)
