"""Online models: hovers and plays become examples, examples a model, and its state a snapshot in Redis.

The model is the accumulator of a Python aggregate over all batches: Flink keeps it as bytes in the same
checkpoint as the offsets of Kafka, so that after a failure every example is learnt from exactly once.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import pandas as pd
from pyflink.table import AggregateFunction, DataTypes, Row, StatementSet, TableEnvironment
from pyflink.table.types import DataType
from pyflink.table.udf import ScalarFunction, udaf, udf

from flink_jobs import take_examples
from flink_jobs.environment import add, table_environment
from flink_jobs.options import Options
from flink_jobs.script import Script
from online_models.catalog import TAKE
from online_models.model import OnlineModel
from sinks.redis_features import connect
from sinks.redis_models import RedisModels

NAME = "update_models"

#: A partition that is silent for so long does not hold the others back. Exactness before progress: after a
#: stall, and when traffic begins, the gate catches up on one partition before the next; the hovers of one
#: that was not waited for would come after the watermark and be no examples.
IDLE_MS = 600_000

SETTINGS = {
    # The operators of this job forget by watermark, and the model must never be forgotten.
    "table.exec.state.ttl": "0",
    "table.exec.mini-batch.enabled": "false",
    "table.exec.source.idle-timeout": f"{IDLE_MS} ms",
}

_SINK = "CREATE TEMPORARY TABLE published (`written` BOOLEAN) WITH ('connector' = 'blackhole')"

_INSERT = f"""\
-- Without a key there is one model, in one place, and its batches come in the order of their times.
-- Declared as {TAKE.digest}: with another declaration this is another job, which begins without a state.
INSERT INTO published
SELECT publish_take(state)
FROM (SELECT learn_take(batch) AS state FROM take_batches)"""


class LearnTake(AggregateFunction):  # type: ignore[misc]
    """A model of take, as bytes, after all batches so far."""

    def create_accumulator(self) -> Row:
        """A model that has learnt nothing."""
        return Row(OnlineModel(TAKE).to_bytes())

    def accumulate(self, accumulator: Row, batch: list[Row]) -> None:
        """Learn one batch."""
        model = OnlineModel.from_bytes(TAKE, accumulator[0])
        model.learn(TAKE.examples(batch))
        accumulator[0] = model.to_bytes()

    def get_value(self, accumulator: Row) -> bytes:
        """The state itself is the snapshot."""
        return bytes(accumulator[0])

    def get_result_type(self) -> DataType:
        """A state of `online_models.state`."""
        return DataTypes.BYTES()

    def get_accumulator_type(self) -> DataType:
        """Bytes as well: declared, so that Flink stores them and not a pickle."""
        return DataTypes.ROW([DataTypes.FIELD("state", DataTypes.BYTES())])


class Publish(ScalarFunction):  # type: ignore[misc]
    """Writes the newest snapshot of a batch of them to Redis."""

    def __init__(self, model: str, redis_url: str, generation: int) -> None:
        self._model = model
        self._redis_url = redis_url
        self._generation = generation

    def open(self, function_context: object) -> None:
        """Connect once a worker."""
        self._models = RedisModels(connect(self._redis_url))

    def eval(self, state: pd.Series[Any]) -> pd.Series[bool]:
        """True for each snapshot."""
        newest = OnlineModel.from_bytes(TAKE, state.iloc[-1])
        self._models.write(self._model, self._generation, newest.summary(), time.time_ns() // 1_000_000)
        return pd.Series(True, index=range(len(state)))


def queries(take_window_ms: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Declarations and inserts, given `valid_hover` and `valid_play`."""
    return (*take_examples.declarations(take_window_ms), _SINK), (_INSERT,)


def script(options: Options) -> Script:
    """The job as SQL; `learn_take` and `publish_take` are the Python functions."""
    declarations, inserts = queries(options.take_window_ms)
    sources = take_examples.sources(options, NAME)
    return Script(f"{NAME}: {TAKE.name}", (*sources, *declarations), inserts)


def build(tables: TableEnvironment, options: Options) -> StatementSet:
    """The job, declared and not started."""
    publish = Publish(TAKE.name, options.redis, options.generation)
    tables.create_temporary_system_function("learn_take", udaf(LearnTake()))
    tables.create_temporary_system_function(
        "publish_take", udf(publish, result_type=DataTypes.BOOLEAN(), func_type="pandas")
    )
    return add(tables, script(options))


def main() -> None:
    """Submit the job to the cluster that `flink run` names."""
    options = Options.parse(sys.argv[1:])
    build(table_environment(options, pipeline_name=NAME, **SETTINGS), options).execute()


if __name__ == "__main__":
    main()
