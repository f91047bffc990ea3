"""A row of the figures of members: all have the same columns."""

from __future__ import annotations

from typing import Any

COLUMNS = (
    "what",
    "by",
    "rows",
    "positive",
    "AUC",
    "precision at k",
    "log-loss",
    "adjusted Rand",
    "explained",
)


def row(what: str, by: str, **figures: Any) -> dict[str, Any]:
    """Figures by column, with underscores for blanks and hyphens; None where nothing is said.

    >>> {name: figure for name, figure in row("churn", "risk", log_loss=0.3).items() if figure is not None}
    {'what': 'churn', 'by': 'risk', 'log-loss': 0.3}
    """
    said = {"what": what, "by": by, **figures}
    return {column: said.get(column.replace(" ", "_").replace("-", "_")) for column in COLUMNS}
