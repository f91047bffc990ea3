"""An alert of Prometheus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Alert:
    """Raised once the expression has had a value for so many minutes, so that it does not flutter. In texts
    ``{{ $labels.x }}`` is a label, and ``{{ $value }}`` the value."""

    name: str
    expression: str
    minutes: int
    severity: Literal["critical", "warning"]
    summary: str
    remedy: str

    def to_json(self) -> dict[str, Any]:
        """As a rule file of Prometheus has it."""
        return {
            "alert": f"Headwater{self.name}",
            "expr": self.expression,
            "for": f"{self.minutes}m",
            "labels": {"severity": self.severity},
            "annotations": {"summary": self.summary, "description": self.remedy},
        }
