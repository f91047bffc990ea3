"""What models say of titles that a member could be offered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from online_models.catalog import MODELS
from online_models.examples import Examples, Numbers
from online_models.known import Known
from schemas.titles import SEPARATOR, Title
from serving.clock import or_now
from serving.look_up import known
from serving.model_reader import ModelReader
from serving.reader import FeatureReader

_HOVERS = Known("title_engagement", "hovers_1h", of=("title_id",))
_WANTED = tuple(dict.fromkeys([_HOVERS, *MODELS["take"].known, *MODELS["completion"].known]))


@dataclass(frozen=True)
class Viewer:
    """Who looks at a page, on what, and where."""

    member_id: str
    profile_id: str
    device_type: str | None = None
    country: str = ""
    utc_offset_min: int | None = None


def first_profile(member_id: str) -> str:
    """The profile of a member that is meant where none is named.

    >>> first_profile("m00001")
    'm00001-p1'
    """
    return f"{member_id}-p1"


@dataclass(frozen=True)
class Offers:
    """Titles, what the models of takes and of completions say of each (NaN where one is missing), and how
    often each was looked at of late."""

    titles: list[str]
    take: Numbers
    completion: Numbers
    hovers: Numbers


def offers(
    features: FeatureReader,
    models: ModelReader,
    viewer: Viewer,
    titles: list[str],
    told: Mapping[str, Title],
    now_ms: int | None = None,
) -> Offers:
    """One round trip, however many titles. Raises redis.RedisError when Redis cannot be reached."""
    now_ms = or_now(now_ms)
    columns = _columns(viewer, titles, told)
    columns |= known(features, _WANTED, columns, now_ms)
    asked = Examples(np.full(len(titles), now_ms), np.zeros(len(titles)), columns)
    take, completion = (models.predict(name, asked, now_ms) for name in ("take", "completion"))
    return Offers(titles, take, completion, np.nan_to_num(columns[_HOVERS.name]))


def _columns(viewer: Viewer, titles: Sequence[str], told: Mapping[str, Title]) -> dict[str, npt.NDArray[Any]]:
    """All that models may read of an offer: what is not known of it, such as how long it will be looked at,
    is nothing; it is thought of at the head of the page, so that titles are compared alike."""
    n, nobody = len(titles), Title("")
    texts = {name for model in MODELS.values() for name in model.texts}
    numbers = {bound.column for model in MODELS.values() for bound in model.numbers}
    of_titles = [told.get(title, nobody) for title in titles]
    of_viewer = asdict(viewer)
    columns: dict[str, npt.NDArray[Any]] = {
        **{name: np.full(n, of_viewer.get(name), object) for name in texts},
        **{name: np.full(n, np.nan) for name in numbers},
        "row": np.zeros(n),
        "rank": np.zeros(n),
        "position_ms": np.zeros(n),
        "title_id": np.array(titles, object),
        "genres": np.array([SEPARATOR.join(sorted(of.genres)) or None for of in of_titles], object),
        "runtime_ms": np.array([of.runtime_ms for of in of_titles], float),
        "utc_offset_min": np.full(n, viewer.utc_offset_min, float),
    }
    return columns
