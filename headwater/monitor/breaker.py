"""The breaker: it stops the gate where a hard condition asks for it. What the gate would reject stays in the
log, to be judged by better rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from headwater.monitor.outlet import Outlet
from schemas.quality import Condition

#: The conditions for which the gate was stopped, by name, and since when (ms) each of them is open.
PAUSED = "paused"


def trip(
    watches: Collection[str],
    conditions: Iterable[Condition],
    outlet: Outlet,
    stop: Callable[[], bool],
    say: Callable[[str], None],
) -> None:
    """Stop the gate for each open condition of these watches for which it was not yet: once, so that it can
    be started again while the condition stands. `stop` tells whether the gate ran; what it raises is passed
    on, and leaves all to be tried again."""
    broken = {c.name: c.since_ms for c in conditions if c.open and c.name.partition("/")[0] in watches}
    done = outlet.saved(PAUSED)
    new = [name for name, since_ms in broken.items() if done.get(name) != since_ms]
    if new and stop():
        told = f"{', '.join(new)} is broken, so the gate was stopped"
        say(f"{told}: headwater submit validate_events starts it again")
    if broken != done:
        outlet.save(broken, PAUSED)
