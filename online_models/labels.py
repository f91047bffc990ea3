"""What came of an outcome, as the label of a model: 1, 0, or NaN where it says neither."""

from __future__ import annotations

import numpy as np

from online_models.examples import Examples, Numbers
from schemas.artwork import STYLES

#: Of its runtime: what is left before has been given up, and credits need not be seen.
ABANDONED, COMPLETED = 0.2, 0.9


def followed(outcomes: Examples) -> Numbers:
    """Whether the event was followed by the other."""
    return outcomes.label


def followed_as_shown(offers: Examples) -> Numbers:
    """The same; NaN where nobody has told which known artwork was shown, and what chance it had."""
    artwork, propensity = (offers.columns[of] for of in ("artwork", "artwork_propensity"))
    label: Numbers = np.where(
        np.isin(artwork, STYLES) & (propensity > 0.0) & (propensity <= 1.0), offers.label, np.nan
    )
    return label


def completed(viewings: Examples) -> Numbers:
    """Whether a viewing that went no further ended beyond COMPLETED; NaN between that and ABANDONED."""
    share = _share(viewings)
    label: Numbers = np.where(share >= COMPLETED, 1.0, np.where(share <= ABANDONED, 0.0, np.nan))
    return label


def watched(viewings: Examples) -> Numbers:
    """1 of a viewing that went no further and was not abandoned. Nothing is said of any other."""
    label: Numbers = np.where(_share(viewings) > ABANDONED, 1.0, np.nan)
    return label


def _share(viewings: Examples) -> Numbers:
    """Of the runtime, where the viewing ended for good; NaN where it went on."""
    runtime_ms = viewings.columns["runtime_ms"]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(runtime_ms > 0, viewings.columns["position_ms"] / runtime_ms, np.nan)
    return np.where(viewings.label > 0, np.nan, share)
