"""Artworks by the simulator's own chances, of every style, and what a learner makes of choosing among them.

Titles and profiles meet as in the stream, whatever is shown: that another artwork would have ended a page
sooner, or later, is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from headwater.experiments.replay import turns
from headwater.experiments.stream import Outcomes, Plan
from headwater.traffic.artwork import propensity
from headwater.traffic.choice import appeal
from online_models.bandit import Arms
from online_models.catalog import ARTWORK
from online_models.examples import Numbers
from online_models.ftrl import sigmoid
from online_models.model import OnlineModel
from schemas.artwork import STYLES

DELAY_MS, STEP_MS = 1_000, 10_000


@dataclass(frozen=True)
class Known:
    """What nobody but the simulator knows of each take: float64[n, styles] both.

    `chance`: that it is taken, by style; `usual`: of the style to be shown, by the pages of the stream.
    """

    chance: Numbers
    usual: Numbers


@dataclass(frozen=True)
class Run:
    """What a learner thought of each take before it learnt from it: float64[n, styles] both.

    `policy`: with what probability it would show a style; `rewards`: how likely it is to be taken then.
    """

    policy: Numbers
    rewards: Numbers


def known(takes: Outcomes, plan: Plan) -> Known:
    """Where tastes do not turn."""
    world = plan.world()
    appeals = {p.profile_id: [appeal(p, s) for s in STYLES] for m in world.members for p in m.profiles}
    usual = {t.title_id: [propensity(t, style) for style in STYLES] for t in world.titles}
    columns = takes.examples.columns
    added = np.array([appeals[profile] for profile in columns["profile_id"]])
    own = added[np.arange(len(takes)), shown(takes)]
    without = np.log(takes.chance / (1.0 - takes.chance)) - own
    return Known(sigmoid(without[:, None] + added), np.array([usual[title] for title in columns["title_id"]]))


def shown(takes: Outcomes) -> npt.NDArray[np.intp]:
    """The place of the style that was shown."""
    return np.array([STYLES.index(style) for style in takes.examples.columns["artwork"]], np.intp)


def learnt(takes: Outcomes, chance: Numbers, rng: np.random.Generator | None = None) -> Run:
    """The model of the catalogue, told of each outcome when it is known; with `rng` it is in charge: it
    shows what it chooses, and that is taken by its chance."""
    model, n = OnlineModel(ARTWORK), len(takes)
    run = Run(np.empty((n, len(STYLES))), np.empty((n, len(STYLES))))
    label, columns = takes.examples.label.copy(), dict(takes.examples.columns)
    for name in (of := ("artwork", "artwork_propensity")):
        columns[name] = columns[name].copy()
    told = replace(takes.examples, label=label, columns=columns)
    for past, asked in turns(takes, DELAY_MS, STEP_MS):
        model.learn(told.only(past))
        assert isinstance(model.learner, Arms)
        now = told.only(asked)
        run.policy[asked], run.rewards[asked] = model.learner.chances(now), model.learner.rewards(now)
        if rng is None:
            continue
        for name, values in zip(of, model.learner.choose(now, rng), strict=True):
            columns[name][asked] = values
        place = [STYLES.index(style) for style in columns["artwork"][asked]]
        label[asked] = rng.random(len(asked)) < chance[asked, place]
    return run
