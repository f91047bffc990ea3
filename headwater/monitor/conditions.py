"""Hard conditions: whose input cannot be trusted while an alert of a hard watch stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from headwater.consumers import EVERY_MODEL, EVERY_VIEW, models_of, views_of
from schemas.quality import Alert, Condition

#: Whom a watch protects: views, view.feature, models.
NeededBy = Sequence[str]


def conditions(
    hard: Mapping[str, NeededBy], raised: Sequence[Alert], before: Mapping[str, Condition], now_ms: int
) -> list[Condition]:
    """A condition for each hard watch, by its name, and event type that has an alert, or had one: `before`.

    It is open while an alert of any slice stands. It closes as the last of them is cleared, or when its watch
    is hard no more.
    """
    found = dict(before)
    for name, condition in before.items():
        if condition.open and name.partition("/")[0] not in hard:
            found[name] = replace(condition, open=False, since_ms=now_ms, reason="")
    for watch, needed_by in hard.items():
        alerts = [alert for alert in raised if alert.rule == watch]
        by_event = {alert.event: alert for alert in reversed(alerts)}
        for name, condition in found.items():
            watched, _, event = name.partition("/")
            if watched == watch and condition.open and event not in by_event:
                found[name] = _of(name, needed_by, False, now_ms, "")
        for event, alert in by_event.items():
            name = f"{watch}/{event}"
            if name not in found or not found[name].open:
                found[name] = _of(name, needed_by, True, alert.at_ms, alert.message)
    return sorted(found.values(), key=lambda condition: condition.name)


def _of(name: str, needed_by: NeededBy, is_open: bool, since_ms: int, reason: str) -> Condition:
    needed, event = frozenset(each.partition(".")[0] for each in needed_by), name.partition("/")[2]
    views, models = views_of(event), models_of(event)
    return Condition(
        name=name,
        open=is_open,
        since_ms=since_ms,
        reason=reason,
        features=tuple(sorted(views if EVERY_VIEW in needed else needed & views)),
        models=tuple(sorted(models if EVERY_MODEL in needed else needed & models)),
    )
