"""The online models."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from string import ascii_uppercase

from online_models.bandit import Bandit
from online_models.cap import Cap
from online_models.declaration import Declaration
from online_models.factors import Factors
from online_models.features import Bucket, Category, Cross, Each, HourOfDay, Logit, Number
from online_models.ftrl import Steps
from online_models.guard import Bound
from online_models.known import Known
from online_models.labels import completed, followed, followed_as_shown, watched
from online_models.linear import Linear
from online_models.mixture import Mixture
from online_models.outcome import OFFERS, VIEWINGS
from schemas.topics import DAY_MS, MINUTE_MS

_PROFILE, _TITLE, _GENRES = Category("profile_id"), Category("title_id"), Each("genres", mean=True)
#: Who watches what, by names alone.
_NAMED = (_TITLE, _PROFILE, _GENRES, Cross(_PROFILE, _GENRES))
_HOUR = HourOfDay("utc_offset_min")
_DEVICE = Category("device_type", ("tv", "phone", "tablet", "web"))
_COUNTRY = Category("country", tuple(map("".join, product(ascii_uppercase, repeat=2))))
_RUNTIME = Bucket("runtime_ms", tuple(30 * MINUTE_MS * n for n in range(7)))
_ROW, _RANK = Bucket("row", tuple(range(21))), Bucket("rank", tuple(range(41)))

#: As if it had been known of each weight, as well as by seventy examples, that it is near 0. First steps are
#: long, so chunks are short: of 128 rows at once they cost 0.003 of AUC at first.
_STEPS = Steps(alpha=1.0, beta=11.0, l2=1.0, chunk=64, root=1.0)

#: As if by nine: what a profile or a title is like by itself is far from 0 where people differ much.
_EAGER = replace(_STEPS, beta=0.5)

#: Nobody looks at more titles so soon; of a title that all talk of there is enough to learn from.
_CAPS = (Cap("member_id", 30, 10 * MINUTE_MS), Cap("title_id", 50_000, 10 * MINUTE_MS))
_PLACE = (Bound("row", nothing=True), Bound("rank", nothing=True))
_SEEN = (Bound("position_ms", absurd=DAY_MS), Bound("runtime_ms", absurd=DAY_MS))
_OFFSET = Bound("utc_offset_min", nothing=True)

#: Taste: how often a person takes the genres of a title, and sees them to the end; and what share they are of
#: all that the person looks at, by two numbers of which the logarithms are subtracted.
_TASTE = (
    Known("profile_genre", "take_rate_7d", of=("profile_id", "genres")),
    Known("profile_genre", "completion_rate_7d", of=("profile_id", "genres")),
    Known("profile_genre", "hovers_7d", of=("profile_id", "genres")),
    Known("profile_activity", "hovers_7d", of=("profile_id",)),
)
#: How the title does with everybody.
_APPEAL = (
    Known("title_engagement", "take_rate_1h", of=("title_id",)),
    Known("title_popularity", "completion_rate_24h", of=("title_id",)),
)
_ROW_TAKE = (Known("title_row_take", "take_rate_24h", of=("title_id", "row")),)
_FATIGUE = (
    Known("member_title", "hovers_7d", of=("member_id", "title_id")),
    Known("member_title", "takes_7d", of=("member_id", "title_id")),
)
_ABANDONED = (Known("title_popularity", "abandonment_rate_24h", of=("title_id",)),)


def _told(*of: Known) -> tuple[Logit | Number, ...]:
    """Rates by their log-odds, and counts by their logarithm."""
    return tuple(Logit(k.name) if "rate" in k.value else Number(k.name, log=True) for k in of)


TAKE = Declaration(
    name="take",
    label="a title that has the focus is played within the window",
    used_for="ranking a page",
    outcome=OFFERS,
    truth=followed,
    texts=("member_id", "profile_id", "title_id", "device_type", "country", "genres"),
    numbers=(*_PLACE, _OFFSET, Bound("dwell_ms", absurd=DAY_MS)),
    learner=Linear(
        (
            _ROW,
            _RANK,
            _DEVICE,
            _COUNTRY,
            _HOUR,
            Number("dwell_ms", scale=1_000, log=True),
            _PROFILE,
            _TITLE,
            _GENRES,
            Cross(_PROFILE, _GENRES),
            *_told(*_TASTE, *_APPEAL, *_ROW_TAKE, *_FATIGUE),
        ),
        steps=_STEPS,
    ),
    caps=_CAPS,
    known=(*_TASTE, *_APPEAL, *_ROW_TAKE, *_FATIGUE),
)

ARTWORK = Declaration(
    name="artwork",
    label="a title that has the focus is played within the window, by the artwork that it is shown with",
    used_for="choosing the artwork of a title for a profile",
    outcome=OFFERS,
    truth=followed_as_shown,
    texts=("member_id", "profile_id", "title_id", "device_type", "genres", "artwork"),
    numbers=(Bound("row", nothing=True), Bound("artwork_propensity", absurd=1.0)),
    learner=Bandit(),
    caps=_CAPS,
)

COMPLETION = Declaration(
    name="completion",
    label="a title that is played is watched to its end",
    used_for="ranking what is satisfying before what is merely clicked",
    outcome=VIEWINGS,
    truth=completed,
    texts=("member_id", "profile_id", "title_id", "device_type", "genres"),
    numbers=(*_SEEN, _OFFSET),
    learner=Mixture(
        (
            (
                "personal",
                Linear(
                    (
                        _DEVICE,
                        _HOUR,
                        _RUNTIME,
                        *_NAMED,
                        *_told(*_TASTE, *_APPEAL, *_ABANDONED),
                    ),
                    steps=_STEPS,
                ),
            ),
            ("eager", Linear(_NAMED, steps=_EAGER)),
            ("factors", Factors()),
        )
    ),
    caps=_CAPS,
    known=(*_TASTE, *_APPEAL, *_ABANDONED),
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
MODELS: dict[str, Declaration] = {model.name: model for model in (TAKE, ARTWORK, COMPLETION, NEXT_TITLE)}
