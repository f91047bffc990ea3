"""A virtual environment for each peer, from its lock: what it needs is not what the project needs."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.bench.by_hand import ran
from tests.bench.servers import ROOT

_HOME = ROOT / ".runtime" / "peers"
_UV = Path(sys.executable).with_name("uv")


def python_of(peer: str) -> Path:
    """The Python of a peer's environment, made anew if its lock has changed. HeadwaterError if it cannot."""
    lock, home = Path(__file__).with_name(f"{peer}.lock"), _HOME / peer
    python, made_from = home / "bin" / "python", home / "made-from.lock"
    if made_from.exists() and made_from.read_text() == lock.read_text():
        return python
    _uv("venv", "--quiet", "--clear", "--python", sys.executable, str(home))
    _uv("pip", "install", "--quiet", "--python", str(python), "--require-hashes", "-r", str(lock))
    made_from.write_text(lock.read_text())
    return python


def told_by(peer: str, *arguments: str) -> Any:
    """What the module `in_<peer>` tells last, as JSON, in its environment. HeadwaterError if it fails."""
    module = Path(__file__).with_name(f"in_{peer}.py")
    return json.loads(ran([str(python_of(peer)), str(module), *arguments]).stdout.splitlines()[-1])


def _uv(*arguments: str) -> None:
    # Trust what the system trusts, as the Makefile has it.
    environment = {"UV_NATIVE_TLS": "1", **os.environ}
    ran([str(_UV), *arguments], env=environment)
