"""The house keeps its shape: who imports whom, and how large a file may grow."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
MIDDLE = {"validators", "features", "online_models", "sinks"}
#: What each package may import of ours, beside itself.
ALLOWED: dict[str, set[str]] = {
    "schemas": set(),
    "validators": {"schemas"},
    "features": {"schemas"},
    "online_models": {"schemas"},
    "sinks": {"schemas", "features"},
    "serving": {"schemas", *MIDDLE},
    "flink_jobs": {"schemas", *MIDDLE, "serving"},
    "headwater": {"schemas", *MIDDLE, "serving", "flink_jobs"},
}
#: Sinks store what a layout describes; how it is computed is not theirs to know.
FEATURES_FOR_SINKS = {
    "features.layout",
    "features.listing_layout",
    "features.live",
    "features.partial",
    "features.view",
}
#: One foreign library, few folders.
HOMES = {
    "pyflink": {"flink_jobs"},
    "redis": {"sinks", "serving", "headwater"},
    "kafka": {"headwater"},
    "confluent_kafka": {"headwater", "flink_jobs"},
    "pyruhvro": {"schemas"},
    "polars": {"validators", "serving"},
    "fastapi": {"serving/api", "headwater"},
    "prometheus_client": {"serving/api", "headwater/metrics"},
    "opentelemetry": {"serving/api"},
    "duckdb": {"features/offline"},
    # ADWIN, which watches shares of events, and the loss of models.
    "river": {"validators", "online_models"},
    "typer": {"headwater"},
    "uvicorn": {"headwater"},
}
MAX_LINES = 250
#: Written so that this file does not find itself.
UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E)\b")

MODULES = sorted(path for package in ALLOWED for path in (ROOT / package).rglob("*.py"))
TEXTS = MODULES + sorted(
    path
    for package in (*ALLOWED, "tests")
    for pattern in ("*.py", "*.yaml", "*.lua", "*.avsc", "*.xml", "*.html", "*.css", "*.js")
    for path in (ROOT / package).rglob(pattern)
    if path not in MODULES
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def package_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


def imported(path: Path) -> set[str]:
    """Full names of the modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}:{node.lineno}: name the module in full"
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_one_way(path: Path) -> None:
    package = package_of(path)
    ours = {name.split(".")[0] for name in imported(path)} & set(ALLOWED)
    assert ours - {package} <= ALLOWED[package]


@pytest.mark.parametrize("path", [p for p in MODULES if package_of(p) == "sinks"], ids=name_of)
def test_sinks_know_only_how_features_are_stored(path: Path) -> None:
    modules = {".".join(n.split(".")[:2]) for n in imported(path) if n.startswith("features.")}
    assert modules <= FEATURES_FOR_SINKS


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_foreign_library_has_its_home(path: Path) -> None:
    for library in {name.split(".")[0] for name in imported(path)} & set(HOMES):
        homes = HOMES[library]
        assert any(name_of(path).startswith(f"{home}/") for home in homes), f"{library} is for {homes}"


@pytest.mark.parametrize("path", [p for p in MODULES if p.name == "__init__.py"], ids=name_of)
def test_a_package_says_what_it_is_for_and_only_exports(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree)
    assert all(isinstance(node, ast.ImportFrom) or exports(node) for node in tree.body[1:])


def exports(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


def test_every_folder_with_code_is_a_package() -> None:
    assert all((path.parent / "__init__.py").exists() for path in MODULES)


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_a_file_is_short_and_finished(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MAX_LINES
    assert UNFINISHED.search(text) is None
