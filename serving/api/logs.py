"""The log: a JSON object a line, on stdout."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import orjson


class JsonLines(logging.Formatter):
    """Time, level, logger and message; with them what a record has in `told`, and its exception."""

    def format(self, record: logging.LogRecord) -> str:
        """One line.

        >>> record = logging.LogRecord("headwater.api", logging.INFO, "", 0, "request", None, None)
        >>> record.created, record.told = 0.0, {"status": 200}
        >>> JsonLines().format(record)[38:]
        '"level":"INFO","logger":"headwater.api","message":"request","status":200}'
        """
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "told", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()


#: For `logging.config.dictConfig`.
CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": JsonLines}},
    "handlers": {
        "stdout": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stdout"}
    },
    "root": {"level": "INFO", "handlers": ["stdout"]},
}
