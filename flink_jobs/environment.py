"""The table environment of a job, and the names of its operators' settings in one place."""

from __future__ import annotations

from pyflink.table import EnvironmentSettings, StatementSet, TableEnvironment

from flink_jobs.options import Options
from flink_jobs.script import Script

_BUFFER_MS = 10


def table_environment(options: Options, **more: str) -> TableEnvironment:
    """A streaming table environment. `more` are further Flink settings, with underscores for dots."""
    tables = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    settings = {
        "parallelism.default": str(options.parallelism),
        "execution.checkpointing.interval": f"{options.checkpoint_ms} ms",
        "pipeline.object-reuse": "true",
        # A row waits this long at most for others on its way to the next task, twice from source to tile.
        "execution.buffer-timeout.interval": f"{_BUFFER_MS} ms",
        "python.fn-execution.bundle.time": str(options.bundle_ms),
        "python.fn-execution.bundle.size": str(options.batch_rows),
        "python.fn-execution.arrow.batch.size": str(options.batch_rows),
        "table.local-time-zone": "UTC",
        "table.exec.mini-batch.enabled": "true",
        "table.exec.mini-batch.allow-latency": f"{options.mini_batch_ms} ms",
        "table.exec.mini-batch.size": "20000",
    } | {name.replace("_", "."): value for name, value in more.items()}
    for name, value in settings.items():
        tables.get_config().set(name, value)
    return tables


def add(tables: TableEnvironment, script: Script) -> StatementSet:
    """Declare a script's tables and gather its inserts; nothing runs yet."""
    for statement in script.declarations:
        tables.execute_sql(statement)
    job = tables.create_statement_set()
    for statement in script.inserts:
        job.add_insert_sql(statement)
    return job
