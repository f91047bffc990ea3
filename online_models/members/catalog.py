"""What judges members."""

from __future__ import annotations

from online_models.members.churn import Churn
from online_models.members.conduct import Conduct
from online_models.members.habits import Habits
from online_models.members.scorer import Kind

CONDUCT = Conduct()


def scorers(horizon_ms: int) -> tuple[Kind, ...]:
    """All of them; whoever was active within `horizon_ms` may leave within the next."""
    return (CONDUCT, Habits(Churn(horizon_ms)))


#: The models. Each learns from all event types of `measure.EVENTS`; none of them has an AUC but churn.
MODELS = tuple(model for kind in scorers(1) for model in kind.models)
