"""Commands run as by hand."""

from __future__ import annotations

import json
from typing import Any

from typer.testing import CliRunner

from headwater.cli import app
from headwater.errors import HeadwaterError


def run(*arguments: object) -> Any:
    """What a command tells a machine. Raises the HeadwaterError that it ends with."""
    found = CliRunner().invoke(app, [*map(str, arguments), "--json"], catch_exceptions=True)
    if isinstance(found.exception, HeadwaterError):
        raise found.exception
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)
