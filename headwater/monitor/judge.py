"""Every watch over every slice, minute by minute: findings, alerts, hard conditions, and what to remember."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeGuard

from headwater.monitor.board import Board, Part
from headwater.monitor.conditions import conditions
from schemas.quality import NULL, Alert, Condition
from schemas.topics import MINUTE_MS
from validators.watch import detect
from validators.watch.declare import OfField, Share, Silence, Watch
from validators.watch.detect import Memory
from validators.watch.finding import Finding, Seen
from validators.watch.standing import Standing, step
from validators.watch.totals import seen

#: What an alert names when the jobs that count are behind.
BEHIND = "audit_behind"
#: Why an alert is cleared whose watch was pinned anew.
ANEW = "what comes from now on is usual, and its reference is gathered"
#: What a memory is of: a watch by its name, and a slice of an event type.
Place = tuple[str, Part]
#: What is pinned anew: a watch by its name, and an event type.
Pin = tuple[str, str]
Found = tuple[Watch, Part, Finding]


#: A slice without events for so long is forgotten, lest versions that are no more be remembered for ever.
FORGOTTEN_MS = 8 * 24 * 60 * MINUTE_MS


@dataclass(frozen=True)
class Held:
    """What is remembered of a place, and when it last had events."""

    memory: Memory
    standing: Standing
    seen_ms: int


@dataclass
class Judge:
    """What all watches remember. A minute is judged once, and minutes in their order."""

    watches: Sequence[Watch]
    judged_ms: int = 0
    raised: dict[Place, Alert] = field(default_factory=dict)
    conditions: dict[str, Condition] = field(default_factory=dict)
    _held: dict[Place, Held] = field(default_factory=dict)
    _repinned: dict[Pin, int] = field(default_factory=dict)

    def minute(self, board: Board, at_ms: int) -> list[Alert | Condition]:
        """Judge the windows that end at `at_ms`, and tell what has changed."""
        news: list[Alert | Condition] = []
        found = [
            (watch, _part(look), self._look(watch, look))
            for watch in self.watches
            if _ends(watch, at_ms)
            for look in self._seen(watch, board, at_ms)
        ]
        for watch, part, finding in _told_once(found):
            if alert := self._stand(watch, part, finding):
                news.append(alert)
        hard = {w.name: w.needed_by for w in self.watches if w.severity == "hard"}
        now = conditions(hard, list(self.raised.values()), self.conditions, at_ms)
        news += [condition for condition in now if self.conditions.get(condition.name) != condition]
        self.conditions = {condition.name: condition for condition in now}
        self.judged_ms = at_ms
        self._forget(at_ms - FORGOTTEN_MS)
        return news

    def repin(self, asked: Mapping[Pin, int]) -> list[Alert]:
        """Forget what is remembered of watches and event types since before the time (ms) at which that was
        asked, once for each time; the alerts that are cleared by it. A hard condition closes with the next
        minute.

        From then on a window that begins before that time is not looked at, whenever it is judged.
        """
        known = {(watch.name, event) for watch in self.watches for event in watch.events}
        new = {
            pin: at_ms for pin, at_ms in asked.items() if pin in known and self._repinned.get(pin) != at_ms
        }
        self._repinned |= new
        for place in [place for place in self._held if _pin(place) in new]:
            del self._held[place]
        return [
            replace(self.raised.pop(place), at_ms=new[_pin(place)], state="cleared", message=ANEW)
            for place in [place for place in self.raised if _pin(place) in new]
        ]

    def behind(self, now_ms: int, bound_ms: int) -> Alert | None:
        """The alert that nothing was counted for so long, or that it is again: whoever watches must be seen
        to watch."""
        late_ms, place = now_ms - self.judged_ms, (BEHIND, ("*", "all", ""))
        if (late_ms > bound_ms) == (place in self.raised):
            return None
        alert = Alert(
            now_ms,
            BEHIND,
            "*",
            "all",
            "",
            "raised" if late_ms > bound_ms else "cleared",
            late_ms / 1_000,
            bound_ms / 1_000,
            bound_ms,
            "timeliness",
            f"counted until {late_ms // 1_000} s ago",
        )
        if alert.state == "raised":
            self.raised[place] = alert
        else:
            del self.raised[place]
        return alert

    def to_json(self) -> dict[str, Any]:
        """All that is remembered, as JSON values."""
        return {
            "judged_ms": self.judged_ms,
            "raised": [[*_flat(place), asdict(alert)] for place, alert in self.raised.items()],
            "conditions": [asdict(condition) for condition in self.conditions.values()],
            "memory": [
                [*_flat(place), held.memory.to_json(), held.standing.to_json(), held.seen_ms]
                for place, held in self._held.items()
            ],
            "repinned": [[*pin, at_ms] for pin, at_ms in self._repinned.items()],
        }

    @classmethod
    def from_json(cls, watches: Sequence[Watch], told: Mapping[str, Any]) -> Judge:
        """One that goes on from what `to_json` told, without what is no more watched."""
        known = {watch.name: watch for watch in watches}
        judge = cls(watches, judged_ms=told.get("judged_ms", 0))
        for name, event, kind, value, alert in told.get("raised", ()):
            if name == BEHIND or _watches(known.get(name), event, kind):
                judge.raised[name, (event, kind, value)] = Alert(**alert)
        for condition in map(Condition.of, told.get("conditions", ())):
            judge.conditions[condition.name] = condition
        for name, event, kind, value, memory, standing, seen_ms in told.get("memory", ()):
            if _watches(watch := known.get(name), event, kind):
                held = Held(detect.remember(watch, memory), Standing.from_json(standing), seen_ms)
                judge._held[name, (event, kind, value)] = held
        for name, event, at_ms in told.get("repinned", ()):
            if name in known:
                judge._repinned[name, event] = at_ms
        return judge

    def _seen(self, watch: Watch, board: Board, at_ms: int) -> list[Seen]:
        """A look at each slice that is known, or is large enough to become known."""
        from_ms, known = at_ms - watch.window_ms, {part for name, part in self._held if name == watch.name}
        if isinstance(watch, OfField):
            # Of a part without events it is to be said that there were none, so that its alert ends.
            histograms = board.histograms(watch.field, from_ms, at_ms)
            histograms |= {part: Counter() for part in sorted(known - histograms.keys())}
            found = [
                Seen(*part, at_ms=at_ms, n=cells.total(), k=cells[NULL], cells=cells)
                for part, cells in histograms.items()
                if part[0] in watch.events and part[1] in watch.slices
            ]
        else:
            found = seen(watch, board.counts(from_ms, at_ms), at_ms, known)
        # A slice without a name is of events that cannot be read, too: of them all are rejected.
        named = [s for s in found if s.value or s.slice == "all"]
        return [
            s
            for s in named
            if (s.n >= watch.least or _part(s) in known)
            and from_ms >= self._repinned.get((watch.name, s.event), from_ms)
        ]

    def _look(self, watch: Watch, look: Seen) -> Finding:
        place = watch.name, _part(look)
        held = self._held.get(place, Held(detect.begin(watch), Standing(), look.at_ms))
        memory, finding = detect.update(watch, held.memory, look)
        self._held[place] = Held(memory, held.standing, look.at_ms if look.n else held.seen_ms)
        return finding

    def _forget(self, before_ms: int) -> None:
        """Forget slices without events since then, unless an alert stands for them."""
        old = [place for place, held in self._held.items() if held.seen_ms < before_ms]
        for place in old:
            if place not in self.raised and place[1][1] != "all":
                del self._held[place]

    def _stand(self, watch: Watch, part: Part, finding: Finding) -> Alert | None:
        held = self._held[watch.name, part]
        standing, alert = step(watch, held.standing, finding)
        self._held[watch.name, part] = replace(held, standing=standing)
        if alert and alert.state == "raised":
            self.raised[watch.name, part] = alert
        elif alert:
            self.raised.pop((watch.name, part), None)
        return alert


def _ends(watch: Watch, at_ms: int) -> bool:
    """Whether a watch looks now: at windows side by side where it learns from each, at every minute where it
    measures against a bound."""
    return isinstance(watch, Share | Silence) or at_ms % watch.window_ms == 0


def _watches(watch: Watch | None, event: str, kind: str) -> TypeGuard[Watch]:
    return watch is not None and event in watch.events and kind in watch.slices


def _part(look: Seen) -> Part:
    return look.event, look.slice, look.value


def _pin(place: Place) -> Pin:
    name, (event, _, _) = place
    return name, event


def _told_once(found: Sequence[Found]) -> list[Found]:
    """Without the slices of event types that are silent as a whole."""
    silent = {
        event
        for watch, (event, kind, _), finding in found
        if isinstance(watch, Silence) and kind == "all" and finding.failing
    }
    return [
        (watch, part, finding)
        for watch, part, finding in found
        if not (isinstance(watch, Silence) and part[1] != "all" and part[0] in silent)
    ]


def _flat(place: Place) -> tuple[str, str, str, str]:
    name, part = place
    return name, *part
