"""What a learnt choice of artworks is worth, beside the best that there is; and how well that is told from a
log."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from headwater.experiments.artworks import known, learnt, shown
from headwater.experiments.quality import BURN_IN, PARTS
from headwater.experiments.result import Chart, Curve, Progress, Result, told
from headwater.experiments.stream import Plan, simulate
from online_models.examples import Numbers
from online_models.measures.off_policy import Value
from schemas.artwork import STYLES

#: How often progress is told.
ROUNDS = 2
_ESTIMATES = ("ips", "snips", "dr")
_LEARNT, _IN_CHARGE, _BEST = "learnt from the log", "learnt, in charge", "best possible"


def bandit(plan: Plan, progress: Progress) -> Result:
    """Takes per offer, after the burn-in: of the log, of one style for all, of the model, of the best
    possible; what estimates make of each from the log alone; and what is lost by each in the course of
    time."""
    takes, _ = simulate(plan)
    truth, n = known(takes, plan), len(takes)
    from_log = learnt(takes, truth.chance)
    progress()
    in_charge = learnt(takes, truth.chance, np.random.default_rng(plan.seed))
    progress()
    fixed = int(truth.chance.mean(axis=0).argmax())
    each = np.eye(len(STYLES))
    policies = {
        "the log": truth.usual,
        f"always {STYLES[fixed]}": np.tile(each[fixed], (n, 1)),
        _LEARNT: from_log.policy,
        _IN_CHARGE: in_charge.policy,
        _BEST: each[truth.chance.argmax(axis=1)],
    }
    worth = {of: (policy * truth.chance).sum(axis=1) for of, policy in policies.items()}
    columns = takes.examples.columns

    def valued(policy: Numbers, rows: slice) -> dict[str, dict[str, float]]:
        value = Value(fade=1.0)
        logged = shown(takes)[rows], columns["artwork_propensity"][rows], takes.examples.label[rows]
        value.add(policy[rows], *logged, from_log.rewards[rows])
        return value.told()

    late = slice(int(BURN_IN * n), n)
    rows = []
    for of, policy in policies.items():
        figures: dict[str, Any] = {"policy": of, "value": float(worth[of][late].mean())}
        # What it has learnt is not in the log: nothing there tells of it.
        estimated = {} if of == _IN_CHARGE else valued(policy, late)
        for by in _ESTIMATES:
            figure = estimated.get(by, {})
            figures |= {by.upper(): figure.get("value"), f"{by.upper()} ±": figure.get("off")}
        rows.append(figures | {"lost of 1,000": 1_000 * float((worth[_BEST] - worth[of])[late].mean())})
    bounds = np.linspace(0, n, PARTS + 1).astype(int).tolist()
    parts = [slice(a, b) for a, b in pairwise(bounds)]
    guessed = [valued(from_log.policy, part) for part in parts]
    x, xs = "offers until then", tuple(map(told, bounds[1:]))
    charts = (
        Chart("takes per offer", x, xs, tuple(_means(worth, parts))),
        Chart(
            "takes per offer of what is learnt from the log, estimated from it",
            x,
            xs,
            (
                Curve("true", tuple(float(worth[_LEARNT][part].mean()) for part in parts)),
                *(Curve(by.upper(), tuple(g[by]["value"] for g in guessed)) for by in _ESTIMATES),
            ),
        ),
        Chart("takes lost to the best possible so far", x, xs, tuple(_lost(worth, bounds[1:]))),
    )
    about = (
        f"{n - late.start:,} offers after a burn-in of {BURN_IN:.0%}; estimates are off by ± in 5% of cases"
    )
    return Result("bandit", about, tuple(rows), charts)


def _means(worth: dict[str, Numbers], parts: list[slice]) -> Iterator[Curve]:
    for of, each in worth.items():
        yield Curve(of, tuple(float(each[part].mean()) for part in parts))


def _lost(worth: dict[str, Numbers], ends: list[int]) -> Iterator[Curve]:
    for of, each in worth.items():
        yield Curve(of, tuple(float((worth[_BEST] - each)[:end].sum()) for end in ends))
