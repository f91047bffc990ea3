"""What is said of members from window to window, by one who learns meanwhile: of tastes, and of leaving."""

from __future__ import annotations

from dataclasses import dataclass

from headwater.experiments.conduct import Deeds
from headwater.experiments.stream import START_MS
from online_models.members.churn import Churn
from online_models.members.habits import BACK, Habits
from online_models.members.models import MemberModels

HORIZON_MS = 7_200_000


@dataclass(frozen=True)
class Said:
    """At one time: the risks that are told, the activity of each member of late over the usual one, the
    numbers of tastes; and who was active in the last horizon."""

    at_ms: int
    risk: dict[str, float]
    ratio: dict[str, float]
    taste: dict[str, int]
    active: frozenset[str]


def followed(deeds: Deeds) -> tuple[list[Said], dict[str, int]]:
    """What is said at each time, and which taste members have at the end by the centres of half-way."""
    kind = Habits(Churn(HORIZON_MS))
    models, found, windows = MemberModels(kind), list[Said](), []
    of_late = f"[COUNT(*) FILTER (WHERE event_time >= $end_ms - {HORIZON_MS}), COUNT(*)]"
    half_ms, half = (START_MS + deeds.until_ms) // 2, b""
    for rows, counts in deeds.rows(kind, START_MS, of_late):
        told = dict(zip(rows.member, models.score(rows), strict=True))
        found.append(
            Said(
                rows.at_ms,
                {member: score["churn_risk"] for member, score in told.items() if "churn_risk" in score},
                {m: BACK * late / ever for m, (late, ever) in zip(rows.member, counts, strict=True)},
                {member: score["taste_number"] for member, score in told.items() if "taste_number" in score},
                frozenset(m for m, (late, _) in zip(rows.member, counts, strict=True) if late),
            )
        )
        half = models.to_bytes() if rows.at_ms <= half_ms else half
        windows = [rows]
    by_half = MemberModels.from_bytes(kind, half).score(windows[-1]) if half else []
    members = windows[-1].member if half else ()
    return found, {m: s["taste_number"] for m, s in zip(members, by_half, strict=True) if "taste_number" in s}
