"""The programs that Headwater needs from the system: where they are, or how to get them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass

from headwater.errors import HeadwaterError

JAVA_VERSIONS = (17, 21)


@dataclass(frozen=True)
class Tool:
    """A program, the Debian package that brings it and what it is for."""

    command: str
    package: str
    purpose: str

    @property
    def remedy(self) -> str:
        return f"apt-get install -y {self.package}"

    def find(self) -> str | None:
        """Its path; for Java ``JAVA_HOME`` comes before PATH, as in Flink's own scripts."""
        home = os.environ.get("JAVA_HOME")
        if self.command == "java" and home:
            found = shutil.which(os.path.join(home, "bin", "java"))
            if found:
                return found
        return shutil.which(self.command)

    def path(self) -> str:
        """Its path, or a HeadwaterError with the package to install."""
        found = self.find()
        if found is None:
            raise HeadwaterError(f"{self.command} is missing ({self.purpose})", self.remedy)
        return found


JAVA = Tool("java", "openjdk-17-jdk-headless", "JDK 17 or 21, runs Kafka and Flink")
MAVEN = Tool("mvn", "maven", "fetches the jars of pom.xml once")
REDIS = Tool("redis-server", "redis-server", "keeps the features")
TOOLS = (JAVA, MAVEN, REDIS)


def java_major(version_text: str) -> int | None:
    """The major version in what ``java -version`` prints.

    >>> java_major('openjdk version "17.0.15" 2025-04-15'), java_major('java version "1.8.0_402"')
    (17, 8)
    """
    found = re.search(r'version "(?:1\.)?(\d+)', version_text)
    return int(found.group(1)) if found else None


def java_version() -> int | None:
    """The major version of the Java in use; None if it does not say."""
    said = subprocess.run([JAVA.path(), "-version"], capture_output=True, text=True, check=False)
    return java_major(said.stderr + said.stdout)


def java() -> str:
    """Path of a Java that Flink supports, or a HeadwaterError."""
    major = java_version()
    if major not in JAVA_VERSIONS:
        raise HeadwaterError(
            f"java is version {major}, Flink needs 17 or 21", f"{JAVA.remedy}, or set JAVA_HOME"
        )
    return JAVA.path()
