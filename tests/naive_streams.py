"""Rules over many events read naively: every event beside every other of its key, in plain Python."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from validators.places import PLACES
from validators.stream_rule import Agreement, Concurrency, Kind, Order, Unique, Velocity

Event = dict[str, Any]
HOUR_MS = 3_600_000


def naive_violations(rules: Iterable[Kind], arrived: list[Event]) -> list[dict[str, Any]]:
    """What should be told of events that arrive in this order, none of them late."""
    events = sorted(arrived, key=lambda e: e["event_time"])
    return [told for rule in rules for told in _told(rule, events)]


def _told(rule: Kind, events: list[Event]) -> Iterable[dict[str, Any]]:
    before: dict[str, int] = {}
    for event, value in sorted(_broken(rule, events), key=lambda b: b[0]["event_time"]):
        key, at_ms = event[rule.key], event["event_time"]
        last = before.get(key)
        before[key] = at_ms
        if last is None or at_ms - last > rule.window_ms or at_ms // HOUR_MS != last // HOUR_MS:
            yield {
                "rule": rule.name,
                "event": event["event"],
                "key": key,
                "at_ms": at_ms,
                "event_id": event["event_id"],
                "value": float(value),
                "bound": float(rule.bound),
                "window_ms": rule.window_ms,
            }


def _broken(rule: Kind, events: list[Event]) -> Iterable[tuple[Event, float]]:
    mine = [e for e in events if e["event"] in rule.events]
    by_key = defaultdict(list)
    for e in mine:
        by_key[e[rule.key]].append(e)
    if isinstance(rule, Unique):
        yield from _repeated(rule, by_key)
        return
    for of_key in by_key.values():
        for i, e in enumerate(of_key):
            value = _measured(rule, of_key, i, mine if isinstance(rule, Agreement) else [])
            if value > rule.bound:
                yield e, value


def _repeated(rule: Unique, by_key: dict[str, list[Event]]) -> Iterable[tuple[Event, float]]:
    """At the last of those in one stretch of time from the epoch on."""
    for of_key in by_key.values():
        stretches = defaultdict(list)
        for e in of_key:
            stretches[e["event_time"] // rule.window_ms].append(e)
        for stretch in stretches.values():
            if len(stretch) > rule.bound:
                last = {c: max(e[c] for e in stretch) for c in ("event", "event_id", "event_time", rule.key)}
                yield last, len(stretch)


def _measured(rule: Kind, of_key: list[Event], i: int, all_of_rule: list[Event]) -> float:
    now = of_key[i]
    at_ms = now["event_time"]
    if isinstance(rule, Velocity):
        return _speed(rule, of_key[i - 1], now) if i else 0.0
    so_far = [e for e in of_key if e["event_time"] <= at_ms]
    if isinstance(rule, Agreement):
        return _lonely(rule, now, so_far, all_of_rule)
    if isinstance(rule, Order):
        firsts = [e for e in so_far if e["event"] == rule.first]
        if now["event"] != rule.then:
            return 0.0
        last = firsts[-1] if firsts and at_ms - firsts[-1]["event_time"] <= rule.window_ms else None
        fits = last is not None and all(last[c] == now[c] for c in rule.same)
        if rule.never:
            return at_ms - last["event_time"] if fits and last else 0.0
        if rule.rising is None:
            return 0.0 if fits else 1.0
        assert last is not None or not fits
        return last[rule.rising] - now[rule.rising] if fits and last else 0.0
    near = [e for e in so_far if at_ms - e["event_time"] <= rule.window_ms]
    return len({e[rule.of] for e in near}) if isinstance(rule, Concurrency) else len(near)


def _lonely(rule: Agreement, now: Event, so_far: list[Event], all_of_rule: list[Event]) -> float:
    first, second = rule.on
    if now["event"] == second:
        spoke = [e["event_time"] for e in so_far if e["event"] == first]
        if not spoke or now["event_time"] - spoke[-1] > rule.spoke_ms:
            return 0.0
    other = second if now["event"] == first else first
    return float(
        not any(
            e["event"] == other
            and all(e[c] == now[c] for c in rule.same)
            and abs(e["event_time"] - now["event_time"]) <= rule.window_ms
            for e in all_of_rule
        )
    )


def _speed(rule: Velocity, before: Event, now: Event) -> float:
    """Kilometres an hour along the great circle, by the angle between two vectors."""
    places = [PLACES.get(e[rule.place]) for e in (before, now)]
    took_ms = now["event_time"] - before["event_time"]
    if before[rule.place] == now[rule.place] or None in places or took_ms > rule.window_ms:
        return 0.0
    vectors = []
    for place in places:
        assert place is not None
        north, east = math.radians(place.lat), math.radians(place.lon)
        vectors.append((math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north)))
    angle = math.acos(sum(a * b for a, b in zip(*vectors, strict=True)))
    km = 6_371 * angle - sum(place.radius_km for place in places if place) - rule.grace_km
    return km / (max(took_ms, 1_000) / HOUR_MS)
