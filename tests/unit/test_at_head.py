"""Takes of a page are ranked as a ranker asks, all as at its head: what is taken was looked at last."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.experiments.stream import Plan, simulate
from headwater.traffic import choice
from online_models.measures.exact import ndcg
from schemas.artwork import STYLES

pytestmark = pytest.mark.unit

PLAN = Plan(rate_per_s=50, seconds=120, members=60, titles=40)
TAKES, _ = simulate(PLAN)


@given(row=st.integers(0, 20), rank=st.integers(0, 40), ready=st.floats(-2, 2), style=st.sampled_from(STYLES))
def test_at_the_head_of_a_page_chances_are_those_of_people_there(
    row: int, rank: int, ready: float, style: str
) -> None:
    world = PLAN.world()
    profile, title = world.members[0].profiles[0], world.titles[0]
    there, here = (choice.take(ready, profile, title, *at, style) for at in ((row, rank), (0, 0)))
    (found,) = choice.at_head(*(np.array([number], float) for number in (there, row, rank)))
    assert found == pytest.approx(here)


def test_within_a_page_places_would_count_against_what_is_taken() -> None:
    label, page, at_head = TAKES.examples.label, TAKES.page, TAKES.at_head()
    ranks = TAKES.examples.columns["rank"]
    for number in np.unique(page):
        of = page == number
        assert ranks[of].argmax() == of.sum() - 1
        assert not label[of][:-1].any(), "what is taken is the last that is looked at"
    assert ndcg(TAKES.chance, label, page) < ndcg(at_head.chance, label, page)
    assert not at_head.examples.columns["rank"].any()
    assert np.isnan(at_head.examples.columns["dwell_ms"]).all()
