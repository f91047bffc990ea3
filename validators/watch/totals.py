"""From counts by minute and slice to what a watch looks at: the windows of its slices."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from schemas.quality import Count
from validators.watch.declare import Chosen, Watch
from validators.watch.finding import Seen

#: An event type, a slice and its value.
Place = tuple[str, str, str]


def newest(counts: Iterable[Count]) -> list[Count]:
    """The counts without those that a later total has overtaken, in a fixed order."""
    most: dict[tuple[int, str, str, str, str, str], int] = {}
    for c in counts:
        key = (c.minute_ms, c.event, c.slice, c.value, c.verdict, c.reasons)
        most[key] = max(most.get(key, 0), c.n)
    return [Count(*key, n) for key, n in sorted(most.items())]


def seen(watch: Watch, counts: Iterable[Count], at_ms: int, known: Iterable[Place] = ()) -> list[Seen]:
    """What a watch looks at, of the window that ends at `at_ms`: a Seen for each slice that has counts in it
    or is `known` from before, or is the whole of an event type. For kinds that count events: nulls and drift
    look at histograms.

    `counts` may be of any minutes and in any order; of those that tell of the same the greatest is taken.
    """
    totals: dict[Place, list[int]] = {
        place: [0, 0]
        for place in (*known, *product(watch.events, ("all",), ("",)))
        if place[0] in watch.events and place[1] in watch.slices
    }
    from_ms, events, slices = at_ms - watch.window_ms, set(watch.events), set(watch.slices)
    within = (c for c in counts if from_ms <= c.minute_ms < at_ms and c.event in events and c.slice in slices)
    for count in newest(within):
        total = totals.setdefault((count.event, count.slice, count.value), [0, 0])
        total[0] += count.n
        total[1] += count.n * _chosen(watch, count)
    return [Seen(*place, at_ms=at_ms, n=n, k=k) for place, (n, k) in sorted(totals.items())]


def reasons_of(count: Count) -> list[str]:
    """The reasons of a count, each once.

    >>> reasons_of(Count(0, "play", "all", "", "rejected", "a,b,a", 1))
    ['a', 'b']
    """
    return list(dict.fromkeys(filter(None, count.reasons.split(","))))


def _chosen(watch: Watch, count: Count) -> bool:
    if not isinstance(watch, Chosen):
        return False
    return count.verdict in watch.verdicts or any(r in watch.reasons for r in reasons_of(count))
