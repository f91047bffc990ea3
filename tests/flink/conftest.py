"""Flink in a JVM of its own, started once and shared by every test of the session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
from pyflink import java_gateway
from pyflink.util.java_utils import add_jars_to_context_class_loader

from headwater.runtime import jars
from headwater.runtime.paths import Paths

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session", autouse=True)
def jvm() -> Iterator[None]:
    """The JVM, with the Kafka connector and the Avro format."""
    paths = Paths(ROOT / ".runtime")
    if not jars.complete(paths):
        pytest.skip("the jars are not fetched: python -m headwater.runtime.jars")
    launch, started = java_gateway.launch_gateway_server_process, list[Popen[bytes]]()

    def launched(*args: Any) -> Popen[bytes]:
        started.append(launch(*args))
        return started[-1]

    with pytest.MonkeyPatch.context() as patch:
        # A JVM that lives for a minute is faster without its second compiler.
        patch.setenv("JVM_ARGS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        patch.setattr(java_gateway, "launch_gateway_server_process", launched)
        add_jars_to_context_class_loader([p.as_uri() for p in sorted(paths.jars.glob("flink-sql-*.jar"))])
    yield
    java_gateway.get_gateway().shutdown()
    for process in started:
        with process:  # PyFlink would leave its pipes open; the JVM ends with its input
            pass


@pytest.fixture(scope="module", autouse=True)
def workers_apart() -> Iterator[None]:
    """Python workers are processes, as PyFlink's own tests ask for it. In this one they would be threads that
    outlive the JVM, and they would put into its environment that all jobs are to have theirs here, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("_python_worker_execution_mode", "process")
        yield
