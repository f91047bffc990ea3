"""Past events in files, as commands are told where: a folder of them, or an archive."""

from __future__ import annotations

from pathlib import Path

from features.offline import Log
from headwater.errors import HeadwaterError


def folder_of(directory: Path) -> Path:
    """Where the judged events are: in an archive, below `valid/`."""
    valid = directory / "valid"
    return valid if valid.is_dir() else directory


def archive_of(directory: Path) -> Path | None:
    """The archive of which that is the folder, or a part; None if it is of none."""
    folder = folder_of(directory)
    return folder.absolute().parent if folder.absolute().name == "valid" else None


def opened(directory: Path, since_ms: int = 0) -> Log:
    """Its events, as far back as may be needed. Raises HeadwaterError where there are none."""
    try:
        return Log.open(folder_of(directory), since_ms)
    except ValueError as error:
        raise HeadwaterError(f"--events: {error}", "name a directory of Parquet files") from None
