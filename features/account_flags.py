"""The flags of members and devices, to be read like a view."""

from __future__ import annotations

from dataclasses import dataclass

from features.view import View
from schemas.events import EVENT_NAMES


@dataclass(frozen=True)
class FlagView(View):
    """A view without windows and tiles: it stores nothing, its values are what the audit has flagged."""

    @property
    def value_names(self) -> tuple[str, ...]:
        """Whether a rule over many events flags it, and which rules, separated by commas."""
        return "flagged", "reasons"


ACCOUNT_FLAGS = FlagView(
    name="account_flags",
    entity=("account",),
    events=EVENT_NAMES,
    windows={},
    features=(),
    slo_s=180,
    description="Whether a member or device is flagged for abuse, and why: whom to pass over.",
    tags=("abuse",),
)
