"""How far back in the log a job begins that starts without its state."""

from __future__ import annotations

from headwater import generations
from headwater.positions import AUDIT, SCORES
from headwater.settings import Settings
from headwater.view_names import view_names
from online_models.members.habits import BACK
from schemas.topics import HOUR_MS


def replay_from_ms(settings: Settings, name: str, generation: int) -> int:
    """The ingestion time from which it must read again: all that its windows can see."""
    if name == AUDIT:
        return generation * 1_000 - HOUR_MS
    if name == SCORES:
        return generation * 1_000 - (BACK + 1) * settings.churn_horizon_ms
    return generations.replay_from_ms(generation, view_names(settings))
