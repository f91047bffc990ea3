"""Errors that a user can act on. The command line prints them in one line and exits with 2."""

from __future__ import annotations


class HeadwaterError(Exception):
    """What is wrong, with the setting or value named, and what to do about it.

    >>> print(HeadwaterError("port 9092 (HEADWATER_KAFKA_PORT) is taken", "stop its owner or set another"))
    port 9092 (HEADWATER_KAFKA_PORT) is taken: stop its owner or set another
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}: {remedy}")
        self.problem = problem
        self.remedy = remedy


class NotThereError(HeadwaterError):
    """What was asked for by its name or id is not there; all else works."""
