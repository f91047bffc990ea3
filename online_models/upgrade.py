"""States of older formats, brought up to the next one."""

from __future__ import annotations

from typing import Any

import numpy as np

from online_models.declaration import Declaration
from online_models.linear import Linear
from online_models.measures.quality import Quality

#: Names that features have had.
_NOW = {"dwell": "dwell_ms"}


def named_weights(declared: Declaration, state: dict[str, Any]) -> dict[str, Any]:
    """From 1, river's logistic regression with weights by name, to 2, hashed places of FTRL.

    What has a name in the declaration keeps its weight, as if nothing had been seen: first steps are long.
    Raises ValueError for a model that is not linear, of which there was no format 1.
    """
    kind = declared.learner
    if not isinstance(kind, Linear):
        raise ValueError(f"{declared.name} had no state of format 1")
    learnt = {_NOW.get(name, name): weight for name, weight in state["learner"]["weights"].items()}
    learnt["bias"] = state["learner"]["intercept"]
    place = kind.named()
    kept = {int(place[name]): weight for name, weight in learnt.items() if name in place}
    places = np.array(sorted(kept), np.int32)
    weights = np.array([kept[of] for of in sorted(kept)], float)
    return {
        "model": declared.name,
        "declared": declared.digest,
        **{name: state[name] for name in ("examples", "positives", "learnt_until_ms")},
        "guard": {"refused": state["refused"], "counts": {}},
        "learner": {
            "places": places,
            "z": -weights * (kind.steps.beta / kind.steps.alpha + kind.steps.l2),
            "n": np.zeros(len(places)),
        },
    }


def measured_anew(state: dict[str, Any]) -> dict[str, Any]:
    """From 2, with a mean log-loss, to 3, counts by bin and slice, which a mean does not tell.

    What was learnt stays, and is measured from the next example on.
    """
    kept = {name: value for name, value in state.items() if name != "prequential"}
    return kept | {"quality": Quality().state()}


def without_versions(state: dict[str, Any]) -> dict[str, Any]:
    """From 3, one learner alone, to 4, with others beside it: at first there are none."""
    return {
        **state,
        "versions": None,
        "seen_until_ms": state["learnt_until_ms"],
        "obeyed_ms": 0,
        "frozen": None,
    }
