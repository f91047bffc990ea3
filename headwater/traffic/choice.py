"""Why people take and finish: chances that the simulator knows, and a model has to learn.

A page is a cascade: titles are looked at one after the other until one is taken (Craswell, Zoeter, Taylor
and Ramsey: An experimental comparison of click position-bias models, WSDM 2008). The log-odds of a take are
a sum of what the profile likes, how good the title is, where it stands, the device, the hour and whether the
artwork appeals; those of a completion are another, with the runtime in it and no artwork.
"""

from __future__ import annotations

from math import exp

import numpy as np
import numpy.typing as npt

from headwater.traffic.population import Profile, Title
from schemas.topics import HOUR_MS

# One hover in four or five is taken, and one viewing in three completed.
_TAKE, _COMPLETION = -1.15, -1.7
_TASTE, _QUALITY = 0.8, 0.8
#: Of each row further down, and each place further to the right.
_ROW, _RANK = -0.08, -0.03
_LEANT_BACK = {"tv": 0.3, "tablet": 0.0, "web": -0.1, "phone": -0.4}
#: Of an artwork to anybody; and of each style to those who like these genres, by how much they do.
_PULL = {"face": 0.15, "action": 0.05, "place": -0.05, "text": -0.15}
_APPEAL = 0.5
_APPEALS_TO = {
    "face": ("comedy", "drama", "romance"),
    "action": ("action", "thriller", "western"),
    "place": ("documentary", "family", "science fiction"),
    "text": ("animation", "crime", "horror"),
}
_EVENING, _IN_EVENING = range(18, 24), 0.3
_LONG_H, _PER_HOUR = 1.5, -0.5


def readiness(device_type: str, local_hour: int) -> float:
    """What a session adds to the log-odds of each take in it."""
    return _TAKE + _LEANT_BACK[device_type] + (_IN_EVENING if local_hour in _EVENING else 0.0)


def appeal(profile: Profile, style: str) -> float:
    """What an artwork of a style adds to the log-odds of a take: whom it speaks to, whatever the title is."""
    genres = _APPEALS_TO[style]
    return _PULL[style] + _APPEAL * sum(profile.affinity[genre] for genre in genres) / len(genres)


def take(ready: float, profile: Profile, title: Title, row: int, rank: int, style: str) -> float:
    """The probability that a title that is looked at, in an artwork of a style, is played next."""
    liked = _TASTE * profile.fondness(title) + _QUALITY * title.quality
    return _chance(ready + liked + _ROW * row + _RANK * rank + appeal(profile, style))


def at_head(
    chance: npt.NDArray[np.float64], row: npt.NDArray[np.float64], rank: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """What chances of takes at these places would be at the head of the page.

    >>> at_head(np.array([0.25, 0.25]), np.array([0.0, 4.0]), np.array([0.0, 10.0])).round(3).tolist()
    [0.25, 0.383]
    """
    log_odds = np.log(chance / (1.0 - chance)) - _ROW * row - _RANK * rank
    moved: npt.NDArray[np.float64] = 1.0 / (1.0 + np.exp(-log_odds))
    return moved


def completion(profile: Profile, title: Title, device_type: str) -> float:
    """The probability that a title that was begun is watched to `online_models.labels.COMPLETED`.

    >>> from headwater.traffic.population import Profile, Title
    >>> short, long = (Title("t", frozenset(), hours * HOUR_MS, ()) for hours in (1, 3))
    >>> completion(Profile("p", {}), short, "tv") > completion(Profile("p", {}), long, "tv")
    True
    """
    length = _PER_HOUR * (title.runtime_ms / HOUR_MS - _LONG_H)
    liked = _TASTE * profile.fondness(title) + _QUALITY * title.quality
    return _chance(_COMPLETION + liked + length + _LEANT_BACK[device_type])


def _chance(log_odds: float) -> float:
    return 1.0 / (1.0 + exp(-log_odds))
