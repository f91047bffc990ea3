"""The ledger's totals in Redis: a hash a generation, a field for each outcome of a source partition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol


def ledger_key(generation: int) -> str:
    """The hash of a generation."""
    return f"hw:ledger:g{generation:x}"


@dataclass(frozen=True)
class Total:
    """How many events of a source partition ended so, and the offset of the first of them."""

    event: str
    verdict: str
    reasons: str
    partition: int
    n: int
    first_offset: int


class Hashes(Protocol):
    """What is asked of Redis: one hash, written and read."""

    def hset(self, name: str, *, mapping: dict[str, str]) -> Any:
        """Set fields of a hash."""

    def hgetall(self, name: str) -> Any:
        """All fields of a hash."""


class RedisLedger:
    """Totals by event, verdict, reasons and source partition; the reasons are separated by commas."""

    def __init__(self, client: Hashes, generation: int = 0) -> None:
        self._client, self._key = client, ledger_key(generation)

    def write(self, totals: Iterable[Total]) -> None:
        """Set some totals."""
        mapping = {
            f"{t.event}|{t.verdict}|{t.reasons}|{t.partition}": f"{t.n}|{t.first_offset}" for t in totals
        }
        if mapping:
            self._client.hset(self._key, mapping=mapping)

    def read(self) -> list[Total]:
        """All totals."""
        fields: dict[bytes, bytes] = self._client.hgetall(self._key)
        return [_parse(field.decode(), value.decode()) for field, value in sorted(fields.items())]


def _parse(field: str, value: str) -> Total:
    event, verdict, reasons, partition = field.split("|")
    n, first_offset = value.split("|")
    return Total(event, verdict, reasons, int(partition), int(n), int(first_offset))
