"""Messages handed over in real time, each when it is due."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Protocol

from headwater.traffic.message import Message
from headwater.traffic.truth import Truth
from schemas.events import EVENT_NAMES
from schemas.topics import raw

TICK_S = 0.01
_MANY = 500
_TOPIC = {event: raw(event) for event in EVENT_NAMES}


class Sink(Protocol):
    """Where messages go."""

    def send(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        """Take a message; it may rest here until `flush`."""

    def flush(self) -> None:
        """Return when everything taken has arrived; HeadwaterError when it cannot."""


class MemorySink:
    """Keeps what it is sent, in order."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes | None, bytes | None]] = []

    def send(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        """Keep it."""
        self.sent.append((topic, key, value))

    def flush(self) -> None:
        """Nothing to do."""


def wall_ms() -> int:
    """Milliseconds since the epoch, now."""
    return time.time_ns() // 1_000_000


def deliver(
    messages: Iterable[Message],
    sink: Sink,
    truth: Truth,
    now_ms: Callable[[], int] = wall_ms,
    sleep_s: Callable[[float], None] = time.sleep,
    on_tick: Callable[[int], None] = lambda sent: None,
) -> Truth:
    """Send each message at its `due_ms` or as soon after as it can be, and note it in `truth`.

    Nothing is sent early. Times are the schedule's and not those of sending, so that a slow sender shows as
    latency instead of hiding it ("coordinated omission"). `on_tick` is told now and then how many were sent.
    """
    sent = 0
    for sent, message in enumerate(messages, start=1):
        while message.due_ms > (now := now_ms()):
            on_tick(sent - 1)
            sleep_s(TICK_S)
        sink.send(_TOPIC[message.event], message.key, message.value)
        truth.add(message)
        if now - message.due_ms > truth.behind_ms:
            truth.behind_ms = now - message.due_ms
        if sent % _MANY == 0:
            on_tick(sent)
    sink.flush()
    on_tick(sent)
    return truth
