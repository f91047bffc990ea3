"""How the figures of the overview went of late: a few minutes of looks, in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: So many looks are remembered.
KEPT = 240
#: A rate is over so long at least: one of a second would show when looks came, not events.
_OVER_MS = 4_000


@dataclass(frozen=True)
class Sample:
    """Totals at a time: events `sent` by producers and `ended` in the ledger. And as of then: the age of the
    newest event that can be read, and the records that jobs which run had still to read. None: not known."""

    at_ms: int
    sent: int | None
    ended: int | None
    age_s: float | None
    lag: int | None


class Trail:
    """The last looks."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=KEPT)

    def add(self, sample: Sample) -> None:
        """Remember one, if it is not of the same time as the last."""
        if not self._samples or sample.at_ms > self._samples[-1].at_ms:
            self._samples.append(sample)

    def series(self) -> dict[str, list[Any]]:
        """As columns: `at_ms`, `sent_per_s`, `ended_per_s`, `age_s` and `lag`.

        >>> trail = Trail()
        >>> for s in range(6):
        ...     trail.add(Sample(s * 1_000, s * 10, None, 0.5, 0))
        >>> trail.series()["sent_per_s"], trail.series()["ended_per_s"][-1]
        ([None, None, None, None, 10.0, 10.0], None)
        """
        samples = list(self._samples)
        return {
            "at_ms": [s.at_ms for s in samples],
            "sent_per_s": _rates(samples, lambda s: s.sent),
            "ended_per_s": _rates(samples, lambda s: s.ended),
            "age_s": [s.age_s for s in samples],
            "lag": [s.lag for s in samples],
        }


def _rates(samples: list[Sample], of: Callable[[Sample], int | None]) -> list[float | None]:
    """Per second, each against the newest sample that is old enough; None where there is none. A total that
    has fallen, such as of a new generation, gives no rate."""
    found: list[float | None] = []
    start = 0
    for n, sample in enumerate(samples):
        while start + 1 < n and samples[start + 1].at_ms <= sample.at_ms - _OVER_MS:
            start += 1
        before, span_ms = of(samples[start]), sample.at_ms - samples[start].at_ms
        now = of(sample)
        known = before is not None and now is not None and span_ms >= _OVER_MS
        found.append((now - before) * 1_000 / span_ms if known and now >= before else None)  # type: ignore[operator]
    return found
