"""A Flink home, made of the distribution inside the installed wheel and our jars."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import shutil
from pathlib import Path
from typing import Any

import yaml

from headwater.errors import HeadwaterError
from headwater.runtime import jars, jvm
from headwater.runtime.paths import Paths


def wheel() -> Path:
    """The Flink distribution inside the installed wheel, found without importing it (that takes a second)."""
    spec = importlib.util.find_spec("pyflink")
    if spec is None or not spec.submodule_search_locations:
        raise HeadwaterError("apache-flink is not installed", "make setup")
    return Path(spec.submodule_search_locations[0])


def java_options() -> str:
    """The long line of ``--add-opens`` that the wheel's configuration comes with."""
    config = yaml.safe_load((wheel() / "conf" / "config.yaml").read_text())
    return str(config["env"]["java"]["opts"]["all"])


def assemble(paths: Paths, config: dict[str, Any]) -> None:
    """Make the home unless it stands; its configuration is written every time.

    ``bin`` and ``opt`` are real copies: a symlinked ``bin`` finds its home in the wheel again, and ``opt``
    is not walked through a link.
    """
    source, home = wheel(), paths.flink
    version = importlib.metadata.version("apache-flink")
    wanted = hashlib.sha256(f"{version} {source} {paths.root} {jars.fingerprint()}".encode()).hexdigest()
    marker = home / ".assembled"
    if not marker.is_file() or marker.read_text() != wanted:
        shutil.rmtree(home, ignore_errors=True)
        for folder in ("bin", "opt", "conf"):
            shutil.copytree(source / folder, home / folder)
        (home / "plugins").mkdir()
        (home / "lib").mkdir()
        libraries = [*(source / "lib").glob("*.jar"), *(source / "opt").glob("flink-python-*.jar")]
        libraries += [jar for pattern in jars.FLINK_JARS for jar in paths.jars.glob(pattern)]
        for jar in libraries:
            (home / "lib" / jar.name).symlink_to(jar)
        marker.write_text(wanted)
    # One line each: Flink's scripts read this file with sed.
    (home / "conf" / "config.yaml").write_text(yaml.safe_dump(config, width=1_000_000))


def environment(paths: Paths) -> dict[str, str]:
    """What Flink's scripts would set for the processes they start."""
    home = paths.flink
    folders = {"CONF": "conf", "BIN": "bin", "LIB": "lib", "OPT": "opt", "PLUGINS": "plugins"}
    return {f"FLINK_{name}_DIR": str(home / folder) for name, folder in folders.items()} | {
        "FLINK_HOME": str(home)
    }


def java(
    paths: Paths, name: str, main_class: str, heap: str, *options: str, collector: str = "G1"
) -> list[str]:
    """A Flink process of this home, logging to ``logs/<name>.log``."""
    # Flink sets a security manager, which Java above 17 refuses unless asked.
    every = [*java_options().split(), "-Djava.security.manager=allow", *options]
    return jvm.command(
        main_class,
        classpath=paths.flink / "lib",
        heap=heap,
        log=paths.log(name),
        options=every,
        collector=collector,
    )
