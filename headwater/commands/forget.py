"""``headwater forget``: what is held of a member goes, and the log says so."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer

from headwater import forgetting
from headwater.commands.runtime import Json
from headwater.errors import HeadwaterError
from headwater.forgetting import Receipt
from headwater.redis_client import client
from headwater.runtime.endpoints import endpoints
from headwater.settings import load
from headwater.traffic.delivery import wall_ms
from schemas.topics import FORGOTTEN

Member = Annotated[str, typer.Argument(metavar="MEMBER", help="The id of a member, such as m00001.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what there is, and remove and mark nothing.")]


def forget(member: Member, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Forget a member: remove features, flags and vectors from Redis, mark the log, and print a receipt.

    A running compute_features, and any that counts again, writes no tile of the member that began before now.
    What happens from the next tile on counts: the member's windows start again from nothing, those of larger
    tiles later. Models are ordered to let go of the member's vector, and do so with the events that they
    learn next, five seconds on; what they learnt by hashes that members share fades.

    Not removed: events in Kafka, which go with the retention of their topics (whoever reads them leaves out
    those up to `at_ms` of the members in the topic `forgotten`); flags of devices; the mark itself, which
    keeps the id. A violation that is told anew may flag the member again.

    Walks through all keys of Redis, and takes two seconds more. Ends with 0 also if there was nothing.
    """
    if not member:
        raise HeadwaterError("MEMBER is empty", "name a member, such as m00001")
    where, now_ms = endpoints(load()), wall_ms()
    with client(where.redis) as redis:
        if dry_run:
            receipt = forgetting.look(redis, member, now_ms)
        else:
            receipt = forgetting.forget(where.kafka, redis, member, now_ms)
    print(json.dumps(_described(receipt)) if as_json else _told(receipt))


def _described(receipt: Receipt) -> dict[str, Any]:
    told = asdict(receipt)
    removed = {kind: told.pop(kind) for kind in ("features", "flags", "vectors")}
    mark = told.pop("mark")
    return told | {
        "dry_run": mark is None,
        "removed": removed,
        "mark": None if mark is None else {"topic": FORGOTTEN, "partition": 0, "offset": mark},
    }


def _told(receipt: Receipt) -> str:
    flags = "flags" if receipt.flags else "no flags"
    there = f"{receipt.features} rings of features, {flags}, vectors of {receipt.vectors} models"
    if receipt.mark is None:
        return f"{receipt.member} has {there}; nothing was removed"
    return f"{receipt.member} is forgotten: {there}; marked in {FORGOTTEN}/0/{receipt.mark}"
