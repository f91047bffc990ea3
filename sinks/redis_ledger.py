"""The ledger's totals in Redis: one hash, a field for each (event, verdict, reasons)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

KEY = "hw:ledger"

Row = tuple[str, str, str, int]


class Hashes(Protocol):
    """What is asked of Redis: one hash, written and read."""

    def hset(self, name: str, *, mapping: dict[str, int]) -> Any:
        """Set fields of a hash."""

    def hgetall(self, name: str) -> Any:
        """All fields of a hash."""


class RedisLedger:
    """Totals by event, verdict and reasons; the reasons are the names of rules, separated by commas."""

    def __init__(self, client: Hashes) -> None:
        self._client = client

    def write(self, rows: Iterable[Row]) -> None:
        """Set the totals of some rows."""
        mapping = {"|".join((event, verdict, reasons)): n for event, verdict, reasons, n in rows}
        if mapping:
            self._client.hset(KEY, mapping=mapping)

    def read(self) -> list[Row]:
        """All totals."""
        fields: dict[bytes, bytes] = self._client.hgetall(KEY)
        return [(*_split(field.decode()), int(n)) for field, n in sorted(fields.items())]


def _split(field: str) -> tuple[str, str, str]:
    event, verdict, reasons = field.split("|")
    return event, verdict, reasons
