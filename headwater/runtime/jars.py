"""The jars of ``pom.xml``, fetched once by Maven into ``jars/`` of the runtime directory."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from headwater.errors import HeadwaterError
from headwater.runtime.paths import Paths, opened
from headwater.runtime.tools import MAVEN
from headwater.settings import load

POM = Path(__file__).with_name("pom.xml")
#: What Flink needs of them in its ``lib/``; the others are the broker's.
FLINK_JARS = ("flink-sql-connector-kafka-*.jar", "flink-sql-avro-*.jar", "flink-metrics-prometheus-*.jar")


def fingerprint() -> str:
    """Names the set of jars: a changed pom is a different set."""
    return hashlib.sha256(POM.read_bytes()).hexdigest()


def complete(paths: Paths) -> bool:
    """Whether the jars of the present pom are all there."""
    marker = paths.jars / ".complete"
    return marker.is_file() and marker.read_text() == fingerprint()


def fetch(paths: Paths, say: Callable[[str], None]) -> None:
    """Fetch them unless they are there. HeadwaterError without Maven, or with Maven's own words."""
    if complete(paths):
        return
    maven = MAVEN.path()
    say("fetching jars (once)")
    shutil.rmtree(paths.jars, ignore_errors=True)
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={paths.jars}", "-DincludeScope=runtime"]
    done = subprocess.run(
        [maven, "-q", "-B", "-f", str(POM), *goal], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        errors = [line for line in done.stdout.splitlines() if line.startswith("[ERROR]")]
        said = errors[0].removeprefix("[ERROR]").strip() if errors else f"exit code {done.returncode}"
        raise HeadwaterError(f"Maven cannot fetch the jars ({said})", "check the network and try again")
    (paths.jars / ".complete").write_text(fingerprint())


if __name__ == "__main__":
    with opened(load()) as found:
        fetch(found, lambda message: print(message, file=sys.stderr))
