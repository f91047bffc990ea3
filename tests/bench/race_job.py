"""The job `compute_features` with the two views of the race."""

from __future__ import annotations

import sys

from flink_jobs.compute_features import NAME, build
from flink_jobs.environment import table_environment
from flink_jobs.options import Options
from tests.bench.views import RACE

if __name__ == "__main__":
    options = Options.parse(sys.argv[1:])
    build(table_environment(options, pipeline_name=NAME), options, RACE).execute()
