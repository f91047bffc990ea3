"""How every JVM part is started: directly, so that the recorded pid is the JVM and not a script."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from headwater.runtime import tools

LOG4J = Path(__file__).with_name("log4j2.xml")


def command(
    main_class: str,
    *,
    classpath: Path,
    heap: str,
    log: Path,
    options: Sequence[str] = (),
    collector: str = "G1",
) -> list[str]:
    """``java … main_class``: fixed heap, jars of one directory, logger writing to ``log``."""
    return [
        tools.java(),
        f"-Xms{heap}",
        f"-Xmx{heap}",
        f"-XX:+Use{collector}GC",
        "-XX:+ExitOnOutOfMemoryError",
        f"-XX:ErrorFile={log.with_suffix('.crash')}",
        f"-Dlog.file={log}",
        f"-Dlog4j2.configurationFile={LOG4J}",
        *options,
        "-cp",
        f"{classpath}/*",
        main_class,
    ]
