"""Two members and what they watched: what their candidates follow from."""

from __future__ import annotations

from typing import Any

from tests.samples import sound

NOW_MS = 1_780_000_000_000
RUNTIME_MS = 6_000_000


def event(name: str, ago_s: int, member: str, title: str, share: float = 0.0) -> tuple[str, dict[str, Any]]:
    told = {
        "event_id": f"{name}-{ago_s}-{member}-{title}",
        "event_time": NOW_MS - ago_s * 1_000,
        "member_id": member,
        "profile_id": f"{member}-p1",
        "session_id": f"s-{member}",
        "title_id": title,
        "country": "BR",
        "runtime_ms": RUNTIME_MS,
        "position_ms": int(share * RUNTIME_MS),
    }
    return name, {**sound(name), **told}


#: m1 has begun t1, then finished t2; m2 went on from t1 to t3, and many play t9 and t2.
TOLD = [
    event("pause", 90, "m1", "t1", 0.5),
    event("pause", 60, "m1", "t2", 0.95),
    event("play", 80, "m2", "t1"),
    event("play", 40, "m2", "t3"),
    *(event("play", 30, f"x{n}", "t9") for n in range(5)),
    *(event("play", 20, f"x{n}", "t2") for n in range(3)),
]
