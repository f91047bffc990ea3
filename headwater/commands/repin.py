"""``headwater repin``: what comes from now on is usual."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from headwater.commands.runtime import Json, say
from headwater.errors import HeadwaterError
from headwater.redis_client import client
from headwater.runtime.endpoints import endpoints
from headwater.settings import load
from headwater.traffic.delivery import wall_ms
from schemas.events import EVENT_NAMES
from sinks.redis_quality import RedisQuality
from validators.watch import catalog
from validators.watch.declare import Drift, Watch

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[WATCH]...", help="Drift watches, such as versions_drift.")
]
All = Annotated[bool, typer.Option("--all", help="All drift watches.")]
Events = Annotated[
    list[str] | None, typer.Option("--event", help="Of this event type alone; may be given again.")
]


def repin(names: Names = None, every: All = False, event: Events = None, as_json: Json = False) -> None:
    """Take what comes from now on for usual: drift watches gather their reference anew, and their alerts end.

    For when the world rightly changes: a new market, a new version of an app. Until its reference is complete
    a watch says nothing. A monitor that runs takes note within seconds, any other when it starts. Now is by
    the clock of the machine on which this runs.
    """
    found = chosen(catalog.load(), names or [], every, event or [])
    now_ms = wall_ms()
    with client(endpoints(load()).redis) as redis:
        pins = [(watch.name, of) for watch, events in found for of in events]
        RedisQuality(redis).repin(pins, now_ms)
    told = [_told(watch, events, event or []) for watch, events in found]
    if as_json:
        print(json.dumps({"repinned_ms": now_ms, "watches": told}))
        return
    for each in told:
        windows = f"{each['windows']} windows of {each['window_s'] // 60} min"
        enough = f"{windows} and {each['reference']:,} sampled events"
        but = f"; it does not watch {', '.join(each['not_watched'])}" if each["not_watched"] else ""
        print(f"{each['watch']} of {', '.join(each['events'])} gathers its reference anew: {enough}{but}")
    now = f"{datetime.fromtimestamp(now_ms / 1_000, UTC):%H:%M:%S} UTC by the clock of this machine"
    say(f"only windows that begin after {now} count")


def chosen(
    watches: Sequence[Watch], names: Sequence[str], every: bool, events: Sequence[str]
) -> list[tuple[Drift, list[str]]]:
    """The drift watches of these names, or all that watch such events, each with its event types: `events`,
    or all of its own."""
    drift = {watch.name: watch for watch in watches if isinstance(watch, Drift)}
    remedy = f"name some of {', '.join(drift)}, or give --all"
    if bool(names) == every:
        raise HeadwaterError("it is not said which watches to pin anew", remedy)
    if unknown := [name for name in names if name not in drift]:
        raise HeadwaterError(f"no drift watch is named {unknown[0]!r}", remedy)
    found = [drift[name] for name in (drift if every else dict.fromkeys(names))]
    watched = [event for event in EVENT_NAMES if any(event in watch.events for watch in found)]
    if strange := [event for event in events if event not in watched]:
        raise HeadwaterError(f"--event is {strange[0]!r}, which is not watched", f"use {', '.join(watched)}")
    of = [(watch, [event for event in watch.events if not events or event in events]) for watch in found]
    if idle := [watch for watch, those in of if not those and not every]:
        raise HeadwaterError(
            f"{idle[0].name} does not watch {', '.join(events)}", f"use {', '.join(idle[0].events)}"
        )
    return [(watch, those) for watch, those in of if those]


def _told(watch: Drift, events: Sequence[str], asked: Sequence[str]) -> dict[str, Any]:
    """What a watch gathers, as JSON values: at least so many `windows`, and `reference` events. What else was
    asked for it does not watch."""
    return {
        "watch": watch.name,
        "events": list(events),
        "not_watched": [event for event in asked if event not in watch.events],
        "windows": watch.learn,
        "window_s": watch.window_s,
        "reference": watch.reference,
    }
