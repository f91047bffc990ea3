"""The watches in force, read from YAML."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from validators.source import RuleError, Source, called, read_file, shown
from validators.watch.declare import Watch, WatchFile

WATCHES_DIR = Path(__file__).parents[1] / "watches"


class WatchError(RuleError):
    """A file of watches that cannot be used: which file, which watch, which field, and what is expected."""


def load(path: Path = WATCHES_DIR) -> tuple[Watch, ...]:
    """The watches of a directory of YAML files, or of one file. Raises WatchError, OSError."""
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    watches: list[Watch] = []
    where: dict[str, str] = {}
    for file in files:
        for watch in _checked(file).watches:
            if watch.name in where:
                raise WatchError(
                    f"{file.name}: watch {watch.name}: {where[watch.name]} has one of that name; rename one"
                )
            where[watch.name] = file.name
            watches.append(watch)
    return tuple(watches)


def _checked(file: Path) -> WatchFile:
    try:
        source = read_file(file, file.name)
    except RuleError as error:
        raise WatchError(str(error)) from None
    for key, line in source.repeated():
        raise WatchError(f"{file.name}: {key} stands twice, again on line {line}; keep one")
    try:
        return WatchFile.model_validate(source.content)
    except ValidationError as error:
        raise WatchError(f"{file.name}: {_told(source, error.errors()[0])}") from None


def _told(source: Source, first: ErrorDetails) -> str:
    """The first thing that is wrong, where it stands, and what is expected."""
    loc, problem = first["loc"], str(first["msg"]).removeprefix("Value error, ")
    if len(loc) < 2 or loc[0] != "watches":
        return f"{'.'.join(map(str, loc)) or 'the file'}: {problem}"
    # Behind the place of a watch pydantic names its kind, which is no field.
    field = ".".join(map(str, loc[3:]))
    name = called(source.content["watches"][loc[1]], int(loc[1]))
    place = f"watch {name}" + (f": {field}" if field else "")
    if first["type"] == "missing":
        return f"{place} is missing: {problem}"
    return f"{place} is {shown(first)}: {problem}" if field else f"{place}: {problem}"
