from __future__ import annotations

import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
PACKAGES: list[str] = DECLARED["packages"]
FILES = [
    file.relative_to(ROOT)
    for folder in sorted({package.split(".")[0] for package in PACKAGES})
    for file in (ROOT / folder).rglob("*")
    if file.is_file() and "__pycache__" not in file.parts
]


def _installed(file: Path) -> bool:
    if file.suffix == ".py":
        return ".".join(file.parent.parts) in PACKAGES
    return any(
        fnmatch(str(file), f"{package.replace('.', '/')}/{pattern}")
        for package, patterns in DECLARED["package-data"].items()
        for pattern in patterns
    )


def test_a_wheel_holds_every_file_of_every_package() -> None:
    # The image installs a wheel; an editable install would never miss a file.
    assert len(FILES) > 50
    assert [str(file) for file in FILES if not _installed(file)] == []
