"""From findings to alerts: one when something begins to be wrong, one when it has ceased, none in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from schemas.quality import Alert
from validators.watch.declare import Base
from validators.watch.finding import Finding


@dataclass(frozen=True)
class Standing:
    """Where one slice of one watch stands: whether an alert is `raised`; which of the newest windows failed;
    how many in a row were `calm`, and of how many in a row nothing could be said (`mute`)."""

    raised: bool = False
    failed: tuple[bool, ...] = ()
    calm: int = 0
    mute: int = 0

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Standing:
        """What `to_json` told."""
        return cls(**{**told, "failed": tuple(told["failed"])})


def step(watch: Base, standing: Standing, finding: Finding) -> tuple[Standing, Alert | None]:
    """Where it stands after a finding, and the alert to be told, if any. Raised and cleared take turns."""
    if finding.failing is None:
        mute = standing.mute + 1
        if standing.raised and mute >= watch.forget_after:
            return Standing(), _alert(watch, finding, "cleared")
        return Standing(standing.raised, standing.failed, standing.calm, mute), None
    if not standing.raised:
        failed = (*standing.failed, finding.failing)[-watch.of_last :]
        if sum(failed) < watch.raise_after:
            return Standing(False, failed), None
        return Standing(True), _alert(watch, finding, "raised")
    # What chance may do is above the declared bound, and so above what is calm, too.
    clear_below = watch.clear_below + max(finding.bound - watch.bound, 0.0)
    calm = standing.calm + 1 if not finding.failing and finding.measured <= clear_below else 0
    if calm < watch.clear_after:
        return Standing(True, (), calm), None
    return Standing(), _alert(watch, finding, "cleared")


def _alert(watch: Base, finding: Finding, state: Literal["raised", "cleared"]) -> Alert:
    return Alert(
        at_ms=finding.at_ms,
        rule=watch.name,
        event=finding.event,
        slice=finding.slice,
        value=finding.value,
        state=state,
        measured=finding.measured,
        bound=finding.bound,
        window_ms=finding.window_ms,
        dimension=watch.dimension,
        message=finding.message,
    )
