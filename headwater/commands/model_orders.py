"""``headwater models freeze``, ``unfreeze``, ``rollback`` and ``promote``: orders to a model that learns."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from headwater import model_orders
from headwater.commands.models import Name, published
from headwater.commands.runtime import Json
from headwater.runtime.endpoints import endpoints
from headwater.settings import load
from headwater.traffic.delivery import wall_ms
from schemas.orders import Action

Reason = Annotated[str, typer.Option("--reason", help="Why, for whoever looks at the model.")]


def freeze(name: Name, reason: Reason = "", as_json: Json = False) -> None:
    """Let a model learn nothing until `headwater models unfreeze`; it is published and read as before.

    It begins with the event that the model has come to, five seconds on: a model learns of an event when its
    window has closed, so what happened in the last minutes is not learnt either. What is left out is counted
    as refused, `frozen`. Whoever learns again from the log leaves out the same events. A model of members
    scores on; it leaves out each window of which anything was frozen.
    """
    _give("freeze", name, reason, as_json)


def unfreeze(name: Name, reason: Reason = "", as_json: Json = False) -> None:
    """Let a model that was frozen by hand learn again, from what happens from now on.

    What happened while it was frozen is not learnt. A model that a hard condition freezes as well stays
    frozen until that closes. Now is by the clock of the machine on which this runs.
    """
    _give("unfreeze", name, reason, as_json)


def rollback(name: Name, reason: Reason = "", as_json: Json = False) -> None:
    """Take a model back to its last good version, from which it learns on.

    `headwater models show` tells after how many examples that was kept. A model goes back by itself when the
    last good version has proved to predict better. Models of members keep none.
    """
    _give("rollback", name, reason, as_json)


def promote(name: Name, reason: Reason = "", as_json: Json = False) -> None:
    """Put the challenger in the place of a model.

    There is one when the loss has risen. It takes the place by itself when it has proved to predict better.
    """
    _give("promote", name, reason, as_json)


def _give(action: Action, name: str, reason: str, as_json: bool) -> None:
    where = endpoints(load())
    order = model_orders.by_hand(name, published(where.redis, name), action, wall_ms(), reason)
    model_orders.give(where.kafka, [order])
    if as_json:
        print(json.dumps(asdict(order)))
        return
    at = datetime.fromtimestamp(order.at_ms / 1_000, UTC)
    print(f"{name}: {action} with the events of {at:%H:%M:%S} UTC")
