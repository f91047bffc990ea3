"""The Flink home of the container image: ``python -m headwater.runtime.image``, run while it is built."""

from __future__ import annotations

import sys
from typing import Any

from headwater.runtime import flink_config, flink_home, jars
from headwater.runtime.paths import Paths, opened
from headwater.settings import Settings, load

#: The JobManager's name on the containers' network, as docker/compose.yaml has it.
JOBMANAGER = "jobmanager"
_EVERY_ADDRESS = "0.0.0.0"


def cluster_config(settings: Settings, paths: Paths) -> dict[str, Any]:
    """``config.yaml`` of a cluster whose processes each have a host of their own."""
    config = flink_config.cluster_config(settings, paths)
    # Left out, it is the address at which this TaskManager reaches the JobManager: there may be several.
    del config["taskmanager.host"]
    return config | {
        "jobmanager.rpc.address": JOBMANAGER,
        "rest.address": JOBMANAGER,
        "jobmanager.bind-host": _EVERY_ADDRESS,
        "rest.bind-address": _EVERY_ADDRESS,
        "taskmanager.bind-host": _EVERY_ADDRESS,
    }


def build(settings: Settings) -> None:
    """Fetch the jars, assemble the home, and make the folders on which volumes are mounted."""
    with opened(settings) as paths:
        jars.fetch(paths, lambda message: print(message, file=sys.stderr))
        flink_home.assemble(paths, cluster_config(settings, paths))
        # A new volume takes over its mount point's owner.
        for kept in (paths.checkpoints, paths.savepoints):
            kept.mkdir(exist_ok=True)


if __name__ == "__main__":
    build(load())
