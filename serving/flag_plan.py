"""How flags answer a read like any view: as they stand now, with the time since the last violation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote

import numpy as np

from features.account_flags import ACCOUNT_FLAGS
from features.view import View
from serving.answer import Features
from sinks.redis_flags import Flags


class FlagStore(Protocol):
    """Where flags are; `sinks.redis_flags` has the real one."""

    def read(self, entities: Sequence[str], now_ms: int) -> dict[str, Flags]:
        """The flags that stand of each member or device asked for."""

    def watched(self, now_ms: int, within_ms: int) -> bool:
        """Whether somebody has looked for violations within a time."""


@dataclass(frozen=True)
class FlagPlan:
    """A read of flags: two round trips of its own."""

    store: FlagStore
    view: View = ACCOUNT_FLAGS

    def keys(self, names: Sequence[str], generation: int) -> list[str]:
        """None: flags are no strings, and of no generation."""
        return []

    def merge(
        self, names: tuple[str, ...], found: Sequence[bytes | None], now_ms: int, doubt: str
    ) -> Features:
        """The flags as of `now_ms`. Whoever has none is not flagged; the status says if that can be known. A
        `doubt` is about tiles."""
        accounts = [unquote(name) for name in names]
        held = self.store.read(accounts, now_ms)
        watched = self.store.watched(now_ms, int(self.view.slo_s * 1_000))
        return self._answer(names, [held[of] for of in accounts], now_ms, "fresh" if watched else "stale")

    def prior(self, names: tuple[str, ...], now_ms: int, status: str) -> Features:
        """As if nobody were flagged; the status is that of all."""
        return self._answer(names, [{} for _ in names], now_ms, status)

    def _answer(self, names: tuple[str, ...], flags: Sequence[Flags], now_ms: int, status: str) -> Features:
        last_ms = np.array([max(of.values(), default=np.nan) for of in flags], dtype=np.float64)
        return Features(
            view=self.view,
            entities=names,
            values={
                "flagged": np.array([bool(of) for of in flags], dtype=np.bool_),
                "reasons": np.array([",".join(of) for of in flags], dtype=np.str_),
            },
            age_s=np.maximum(now_ms - last_ms, 0) / 1_000,
            status=np.full(len(names), status),
        )
