"""The double of Redis for flags: the same guard, in a dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from schemas.quality import Violation
from sinks.redis_flags import Flags


class MemoryFlags:
    """As RedisFlags, but that a flag that stands no more is never forgotten, only passed over."""

    def __init__(self) -> None:
        self._held: dict[str, dict[str, tuple[int, int]]] = {}
        self.watched_ms = 0

    def flag(self, violations: Iterable[Violation], flag_ms: Mapping[str, int]) -> int:
        """Flag the keys of violations of the rules in `flag_ms`; how many there were."""
        ours = [v for v in violations if v.rule in flag_ms]
        for v in ours:
            held = self._held.setdefault(v.key, {})
            if v.rule not in held or held[v.rule][0] < v.at_ms:
                held[v.rule] = v.at_ms, v.at_ms + flag_ms[v.rule]
        return len(ours)

    def read(self, entities: Sequence[str], now_ms: int) -> dict[str, Flags]:
        """The flags that stand of each member or device asked for."""
        return {
            entity: {
                rule: at_ms
                for rule, (at_ms, until_ms) in sorted(self._held.get(entity, {}).items())
                if until_ms > now_ms
            }
            for entity in entities
        }

    def watched(self, now_ms: int, within_ms: int) -> bool:
        """Whether `watched_ms`, the time of the newest count, is within a time before."""
        return now_ms - self.watched_ms <= within_ms

    def flagged(self) -> list[str]:
        """Every member and device that has or had a flag."""
        return sorted(self._held)

    def clear(self, entities: Sequence[str]) -> int:
        """Take the flags of members and devices away; how many of them had any."""
        return sum(self._held.pop(entity, None) is not None for entity in entities)
