"""Artworks: rules, models and the simulator speak of the same styles; what is shown comes with its
propensity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headwater.traffic.catalogue import GENRES
from online_models.bandit import Arms
from online_models.catalog import ARTWORK
from online_models.examples import Examples
from online_models.labels import followed_as_shown
from online_models.model import OnlineModel
from online_models.published import pack
from schemas.artwork import STYLES
from serving import ModelReader, choose_artwork
from tests.learning import batches, learnt, planted
from validators.ruleset import load

pytestmark = pytest.mark.unit


def test_the_rule_knows_the_styles() -> None:
    (rule,) = (rule for rule in load().rules["hover"] if rule.name == "artwork_known")
    assert [example["artwork"] for example in rule.passes if "artwork" in example] == list(STYLES)


def test_a_model_has_room_for_all_genres() -> None:
    assert ARTWORK.learner.start().told()["weights"].keys() == set(STYLES)
    assert getattr(ARTWORK.learner, "genres", 0) >= len(GENRES)


def test_only_what_was_shown_by_known_chance_is_learnt_from() -> None:
    rows = [
        (n, f"e{n}", 1, artwork, propensity)
        for n, (artwork, propensity) in enumerate(
            [
                ("face", 0.5),
                ("text", 1.0),
                (None, None),
                ("poster", 0.5),
                ("face", None),
                ("face", 0.0),
                ("face", 1.5),
            ]
        )
    ]
    offers = Examples.of(rows, texts=("artwork",), numbers=("artwork_propensity",))
    assert np.isnan(followed_as_shown(offers)).tolist() == [False, False, *[True] * 5]


def test_an_older_client_teaches_other_models_and_not_this_one() -> None:
    columns = dict.fromkeys(ARTWORK.outcome.columns) | {"event_time": 1, "event_id": "e", "followed": 1}
    batch = [str(list(columns.values())).replace("None", "null").replace("'", '"')]
    assert len(ARTWORK.examples(batch)) == 0


class Store:
    """One model, or none."""

    def __init__(self, model: OnlineModel | None) -> None:
        self._packed = None if model is None else pack(model)

    def head(self, _: str) -> dict[str, object] | None:
        head = {"generation": 1, "version": 1, "digest": "d", "learnt_until_ms": 1, "published_at_ms": 1}
        return head if self._packed else None

    def predictor(self, name: str) -> tuple[dict[str, object] | None, bytes]:
        return self.head(name), self._packed or b""


def test_a_reader_chooses_as_the_model_would_without_being_told_what_was_shown() -> None:
    model, asked = learnt(ARTWORK, *batches(planted(3_000, 1))), planted(400, 2)
    assert isinstance(model.learner, Arms)
    bare = replace(
        asked, columns={name: asked.columns[name] for name in ("profile_id", "device_type", "genres", "row")}
    )
    chosen = choose_artwork(ModelReader(Store(model)), bare, np.random.default_rng(3), now_ms=1)
    wanted = model.learner.choose(asked, np.random.default_rng(3))
    assert chosen.arm.tolist() == wanted.arm.tolist()
    assert chosen.propensity.tolist() == wanted.propensity.tolist()


def test_while_nothing_is_published_any_style_is_as_likely() -> None:
    chosen = choose_artwork(ModelReader(Store(None)), planted(4_000, 2), np.random.default_rng(3))
    assert chosen.propensity == pytest.approx(np.full(4_000, 0.25))
    assert {style: (chosen.arm == style).sum() for style in STYLES} == pytest.approx(
        dict.fromkeys(STYLES, 1_000), abs=120
    )
