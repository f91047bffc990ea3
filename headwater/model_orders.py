"""Giving orders to online models: by the time of the events that they have come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from headwater.errors import HeadwaterError
from headwater.kafka_client import reaching
from headwater.traffic.producer import PROMPT_MS, KafkaSink
from schemas.orders import HAND, Action, Order
from schemas.quality import Condition
from schemas.topics import MINUTE_MS, ORDERS

#: An order is for when the model has come so much further: by then the job has heard of it, and so it obeys
#: at the same event whenever it learns again.
NOTICE_MS = 5_000
#: When an alert is raised, what it tells of began up to so long ago: the window of the hard watches.
_BEGAN_MS = 5 * MINUTE_MS


def by_hand(
    model: str, snapshot: Mapping[str, Any], action: Action, now_ms: int, reason: str, member: str = ""
) -> Order:
    """The order to a model that has published this. Raises HeadwaterError if there is nothing to obey.

    What happened until now, while it was frozen, is not learnt; other orders are for what it learns next.
    """
    wanted = {"rollback": "last_good", "promote": "challenger"}.get(action)
    if wanted and wanted not in snapshot:
        how = f"stop what it learns: headwater models freeze {model}"
        raise HeadwaterError(f"{model} keeps no versions, so it takes no {action}", how)
    if wanted and not snapshot[wanted]:
        told = wanted.replace("_", " ")
        raise HeadwaterError(f"{model} has no {told}", f"look for one: headwater models show {model}")
    at_ms = now_ms if action == "unfreeze" else snapshot["seen_until_ms"] + NOTICE_MS
    return Order(model, action, at_ms, HAND, reason, member)


def of_condition(condition: Condition) -> list[Order]:
    """To each model that a hard condition concerns: from before the alert on, it learns nothing.

    >>> [order] = of_condition(Condition("rejected/play", True, 400_000, "30%", (), ("take",)))
    >>> order.action, order.at_ms, order.by
    ('freeze', 100000, 'rejected/play')
    """
    action: Action = "freeze" if condition.open else "unfreeze"
    at_ms = condition.since_ms - _BEGAN_MS if condition.open else condition.since_ms
    return [Order(model, action, at_ms, condition.name, condition.reason) for model in condition.models]


def give(kafka: str, orders: Iterable[Order]) -> None:
    """Write orders to the log. Raises HeadwaterError."""
    with reaching(kafka):
        sink = KafkaSink(kafka, PROMPT_MS, (ORDERS,))
        for order in orders:
            sink.send(ORDERS, order.key, order.to_json())
        sink.flush()
