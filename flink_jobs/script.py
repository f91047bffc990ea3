"""A job as SQL text: what `headwater explain` shows and what the golden files hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Script:
    """The statements of a job: its tables and views first, then what it writes, all in one statement set."""

    title: str
    declarations: tuple[str, ...]
    inserts: tuple[str, ...]

    def text(self) -> str:
        """The whole script, readable from top to bottom."""
        return (
            "\n\n".join([f"-- {self.title}", *(f"{s};" for s in (*self.declarations, *self.inserts))]) + "\n"
        )
