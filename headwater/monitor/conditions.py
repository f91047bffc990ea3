"""Hard conditions: whose input cannot be trusted while an alert of a hard watch stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from headwater.consumers import models_of, views_of
from schemas.quality import Alert, Condition


@dataclass(frozen=True)
class Hard:
    """What a condition is made of: a hard watch, and whom it protects (views, view.feature, models)."""

    name: str
    needed_by: tuple[str, ...]


def conditions(
    hard: Iterable[Hard], raised: Sequence[Alert], before: Mapping[str, Condition], now_ms: int
) -> list[Condition]:
    """A condition for each hard watch and event type that has an alert, or had one: `before`, by name.

    It is open while an alert of any slice stands. It closes as the last of them is cleared.
    """
    found = dict(before)
    for watch in hard:
        alerts = [alert for alert in raised if alert.rule == watch.name]
        by_event = {alert.event: alert for alert in reversed(alerts)}
        for name, condition in found.items():
            watched, _, event = name.partition("/")
            if watched == watch.name and condition.open and event not in by_event:
                found[name] = _of(watch, event, False, now_ms, "")
        for event, alert in by_event.items():
            name = f"{watch.name}/{event}"
            if name not in found or not found[name].open:
                found[name] = _of(watch, event, True, alert.at_ms, alert.message)
    return sorted(found.values(), key=lambda condition: condition.name)


def _of(watch: Hard, event: str, is_open: bool, since_ms: int, reason: str) -> Condition:
    needed = frozenset(name.partition(".")[0] for name in watch.needed_by)
    return Condition(
        name=f"{watch.name}/{event}",
        open=is_open,
        since_ms=since_ms,
        reason=reason,
        features=tuple(sorted(needed & views_of(event))),
        models=tuple(sorted(needed & models_of(event))),
    )
