"""Hand a job to the cluster: Flink's own client, from a home assembled here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from headwater.errors import HeadwaterError
from headwater.runtime import flink_config, flink_home, jars
from headwater.runtime.endpoints import Endpoints
from headwater.runtime.paths import Paths, opened
from headwater.runtime.telling import telling
from headwater.settings import Settings

CLIENT = "org.apache.flink.client.cli.CliFrontend"
#: It ends before what a second compiler, or a collector of several threads, would pay.
_SHORT_LIVED = "-XX:TieredStopAtLevel=1"
_JOB_ID = re.compile(r"JobID ([0-9a-f]{32})")


def submit(
    settings: Settings,
    endpoints: Endpoints,
    job: Path,
    args: Sequence[str] = (),
    *,
    options: Mapping[str, str] | None = None,
    savepoint: str | None = None,
    worker_python: str | None = None,
    timeout_s: float = 180.0,
) -> str:
    """Submit a job file, detached, and return its job id; its vertices may still be deploying.

    ``options`` are Flink options for this job, ``savepoint`` a savepoint or checkpoint to start from,
    ``worker_python`` the Python of a cluster elsewhere: ``python`` on its PATH unless given, as Flink takes
    it from the client and never from the cluster's own configuration. The local cluster shares ours.
    HeadwaterError with the most telling line and the path of the log if it is not accepted.
    """
    paths = Paths.of(settings)
    if settings.flink:
        _assemble_client(settings)
    name = f"submit-{job.stem}"
    command = [
        *flink_home.java(paths, name, CLIENT, "256m", _SHORT_LIVED, collector="Serial"),
        *("run", "-d", "-m", urlsplit(endpoints.flink).netloc),
        *(word for option, value in (options or {}).items() for word in ("-D", f"{option}={value}")),
        *(("-s", savepoint) if savepoint else ()),
        *("-pyclientexec", sys.executable),
        *("-pyexec", worker_python or ("python" if settings.flink else sys.executable)),
        *("-py", str(job.absolute()), *args),
    ]
    environment = {**os.environ, **flink_home.environment(paths)}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=timeout_s
        )
    except subprocess.TimeoutExpired:
        raise HeadwaterError(
            f"job {job.stem} was not accepted within {timeout_s:.0f} s", f"look at {paths.log(name)}"
        ) from None
    said = done.stdout + done.stderr
    paths.out(name).write_text(said)
    found = _JOB_ID.search(said)
    if done.returncode != 0 or found is None:
        raise HeadwaterError(
            f"job {job.stem} was not accepted ({telling(said)})", f"look at {paths.out(name)}"
        )
    return found.group(1)


def _assemble_client(settings: Settings) -> None:
    with opened(settings) as paths:
        jars.fetch(paths, lambda _: None)
        flink_home.assemble(paths, flink_config.client_config())
