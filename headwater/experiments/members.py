"""How well members are judged: who misbehaves, who leaves, whose tastes are alike; the simulator knows."""

from __future__ import annotations

from headwater.experiments.anomalies import anomalies, judged
from headwater.experiments.conduct import simulate
from headwater.experiments.followed import followed
from headwater.experiments.leaving import leaving
from headwater.experiments.result import Progress, Result
from headwater.experiments.stream import START_MS, Plan
from headwater.experiments.tastes import tastes

#: One event in so many is followed by misconduct, and this share of the members leaves.
MISCONDUCT_SHARE, LEAVING = 0.0005, 0.3
#: What is counted of risks comes after this share of the time.
BURN_IN = 0.5
#: How often progress is told.
ROUNDS = 3


def members(plan: Plan, progress: Progress) -> Result:
    """Anomaly scores beside the rate of events, by kind of misconduct; risks of leaving beside activity of
    late over the usual one; clusters beside those of half-way, and beside tastes."""
    world, deeds = simulate(plan, MISCONDUCT_SHARE, LEAVING)
    progress()
    odd, by_kind = anomalies(*judged(deeds))
    progress()
    said, by_half = followed(deeds)
    risks, calibration = leaving(said, START_MS + BURN_IN * (deeds.until_ms - START_MS))
    progress()
    about = (
        f"{plan.seconds:,} s; misconduct after one event in {1 / MISCONDUCT_SHARE:,.0f}, "
        f"{LEAVING:.0%} of members leave"
    )
    rows = (*odd, *risks, *tastes(world, said, by_half))
    return Result("members", about, rows, (by_kind, calibration))
