"""What went wrong, from a page of stack traces: the one line worth printing."""

from __future__ import annotations

import re

#: Lines that only say that something else failed.
_EMPTY_CAUSES = ("Python process exits with code", "Py4JJavaError", "ProgramAbortException")
_PYTHON_ERROR = re.compile(r"^(\w+\.)*\w*(Error|Exception|Interrupt|Exit)\b")
_COMPLAINT = re.compile(r"\b(ERROR|FATAL|Exception|Error|error|failed|cannot)\b")


def telling(text: str) -> str:
    """The innermost Java cause, else the last Python exception, else the last complaint or line.

    >>> telling("Caused by: a.B: outer\\n\\tat x\\nCaused by: c.D: disk is full\\n\\t... 3 more\\n")
    'c.D: disk is full'
    >>> telling("ValueError: no view x\\nCaused by: a.X: Python process exits with code: 1")
    'ValueError: no view x'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    lines = [line for line in lines if not any(empty in line for empty in _EMPTY_CAUSES)]
    causes = [line.removeprefix("Caused by: ") for line in lines if line.startswith("Caused by: ")]
    for candidates in (
        causes,
        [line for line in lines if _PYTHON_ERROR.match(line)],
        [line for line in lines if _COMPLAINT.search(line) and not line.startswith("at ")],
        lines,
    ):
        if candidates:
            return candidates[-1]
    return "it said nothing"
