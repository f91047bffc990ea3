"""Rows of members as a job would give them, made up."""

from __future__ import annotations

import json

import numpy as np

from online_models.members.catalog import scorers
from online_models.members.measure import Rows
from online_models.members.scorer import Kind

HORIZON_MS = 80_000
KINDS = scorers(HORIZON_MS)
START_MS = 1_780_000_000_000 // HORIZON_MS * HORIZON_MS


def who(member: str, at_ms: int) -> str:
    """What the newest event of a member says."""
    told = [f"{member}-p1", f"s-{member}", f"{member}-tv", "tv", "BR", "8.12.0", -180]
    return json.dumps([at_ms - 1_000, *told])


def batch(kind: Kind, at_ms: int, members: int, seed: int) -> list[str]:
    """Rows of some members in any order: of conduct, or of habits with two kinds of taste."""
    rng = np.random.default_rng(seed)
    made = []
    for n in rng.permutation(members)[: rng.integers(members // 2, members + 1)].tolist():
        first_ms = at_ms - int(rng.integers(kind.window_ms // 2, kind.window_ms))
        last_ms = int(rng.integers(first_ms, at_ms))
        values = {measure.name: int(rng.integers(0, 9)) for measure in kind.measures}
        values |= {of: values[of] * (1 + 8 * (n % 2)) for of in ("crime", "drama") if of in values}
        values |= {"first_ms": first_ms, "last_ms": last_ms, "mean_ms": (first_ms + last_ms) // 2}
        values |= {"visits": 3}
        numbers = [values[measure.name] for measure in kind.measures]
        made.append(json.dumps([f"m{n}", who(f"m{n}", at_ms), *numbers]))
    return made


def batches(kind: Kind, n: int, members: int = 400) -> list[Rows]:
    """One after the other, as windows end."""
    times = [START_MS + (turn + 1) * kind.every_ms for turn in range(n)]
    return [Rows.read(at_ms, batch(kind, at_ms, members, seed)) for seed, at_ms in enumerate(times)]
