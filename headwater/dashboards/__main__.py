"""``python -m headwater.dashboards``: write the files of Prometheus and Grafana into ``docker/``."""

from __future__ import annotations

import sys
from pathlib import Path

from headwater.dashboards.files import files


def write(into: Path) -> None:
    """Write them all, and take away dashboards that are no more. Raises OSError."""
    made = files()
    for old in into.glob("grafana/dashboards/*.json"):
        if str(old.relative_to(into)) not in made:
            old.unlink()
    for name, text in made.items():
        path = into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docker"))
