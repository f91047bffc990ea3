"""The online models."""

from __future__ import annotations

from itertools import product
from string import ascii_uppercase

from online_models.cap import Cap
from online_models.declaration import Declaration
from online_models.factors import Factors
from online_models.features import Bucket, Category, Cross, Each, HourOfDay, Number
from online_models.guard import Bound
from online_models.labels import completed, followed, watched
from online_models.linear import Linear
from online_models.mixture import Mixture
from online_models.outcome import OFFERS, VIEWINGS
from schemas.topics import DAY_MS, MINUTE_MS

_PROFILE, _TITLE, _GENRES = Category("profile_id"), Category("title_id"), Each("genres")
_DEVICE = Category("device_type", ("tv", "phone", "tablet", "web"))
_COUNTRY = Category("country", tuple(map("".join, product(ascii_uppercase, repeat=2))))
_RUNTIME = Bucket("runtime_ms", tuple(30 * MINUTE_MS * n for n in range(7)))
_ROW, _RANK = Bucket("row", tuple(range(21))), Bucket("rank", tuple(range(41)))

#: Nobody looks at more titles so soon; of a title that all talk of there is enough to learn from.
_CAPS = (Cap("member_id", 30, 10 * MINUTE_MS), Cap("title_id", 50_000, 10 * MINUTE_MS))
_PLACE = (Bound("row", nothing=True), Bound("rank", nothing=True))
_SEEN = (Bound("position_ms", absurd=DAY_MS), Bound("runtime_ms", absurd=DAY_MS))

TAKE = Declaration(
    name="take",
    label="a title that has the focus is played within the window",
    used_for="ranking a page",
    outcome=OFFERS,
    truth=followed,
    texts=("member_id", "profile_id", "title_id", "device_type", "country", "genres"),
    numbers=(*_PLACE, Bound("dwell_ms", absurd=DAY_MS)),
    learner=Linear(
        (
            _ROW,
            _RANK,
            _DEVICE,
            _COUNTRY,
            HourOfDay(),
            Number("dwell_ms", scale=1_000, log=True),
            _PROFILE,
            _TITLE,
            _GENRES,
            Cross(_PROFILE, _GENRES),
            Cross(_PROFILE, _ROW),
            Cross(_TITLE, _COUNTRY),
            Cross(_DEVICE, _GENRES),
        ),
    ),
    caps=_CAPS,
)

COMPLETION = Declaration(
    name="completion",
    label="a title that is played is watched to its end",
    used_for="ranking what is satisfying before what is merely clicked",
    outcome=VIEWINGS,
    truth=completed,
    texts=("member_id", "profile_id", "title_id", "device_type", "genres"),
    numbers=_SEEN,
    learner=Mixture(
        (
            ("popularity", Linear((_TITLE,), bits=14)),
            (
                "personal",
                Linear((_DEVICE, HourOfDay(), _RUNTIME, _PROFILE, _GENRES, Cross(_PROFILE, _GENRES))),
            ),
            ("factors", Factors()),
        )
    ),
    caps=_CAPS,
)

NEXT_TITLE = Declaration(
    name="next_title",
    label="the title is what the member plays, and not another",
    used_for="choosing candidates for a page",
    outcome=VIEWINGS,
    truth=watched,
    texts=("member_id", "title_id"),
    numbers=_SEEN,
    learner=Factors(negatives=4),
    caps=_CAPS,
)

#: All of them, by name.
MODELS: dict[str, Declaration] = {model.name: model for model in (TAKE, COMPLETION, NEXT_TITLE)}
