"""Online models: outcomes become examples, examples models, and their states snapshots in Redis.

Beside that, what views say of an event when it comes is written to a log, of which the outcomes are.

A model is the accumulator of a Python aggregate over all batches: Flink keeps it as bytes in the same
checkpoint as the offsets of Kafka, so that after a failure every example is learnt from exactly once.
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from typing import Any

import pandas as pd
from pyflink.table import AggregateFunction, DataTypes, Row, StatementSet, TableEnvironment
from pyflink.table.types import DataType
from pyflink.table.udf import ScalarFunction, udaf, udf

from flink_jobs import facts, outcomes
from flink_jobs.environment import add, table_environment
from flink_jobs.live_orders import live_orders
from flink_jobs.options import Options
from flink_jobs.script import Script
from online_models.catalog import MODELS
from online_models.declaration import Declaration
from online_models.model import OnlineModel
from online_models.published import pack
from sinks.paced import Paced
from sinks.redis_features import connect
from sinks.redis_models import EVERY_S, RedisModels

NAME = "update_models"

#: A partition that is silent for so long does not hold the others back. Exactness before progress: after a
#: stall, and when traffic begins, the gate catches up on one partition before the next; events of one that
#: was not waited for would come after the watermark and be no examples.
IDLE_MS = 600_000

SETTINGS = {
    # The operators of this job forget by watermark, and the model must never be forgotten.
    "table.exec.state.ttl": "0",
    "table.exec.mini-batch.enabled": "false",
    "table.exec.source.idle-timeout": f"{IDLE_MS} ms",
}

_SINK = "CREATE TEMPORARY TABLE published (`written` BOOLEAN) WITH ('connector' = 'blackhole')"


class Learn(AggregateFunction):  # type: ignore[misc]
    """A model, as bytes, after all batches so far."""

    def __init__(self, declared: Declaration, kafka: str) -> None:
        self._declared, self._kafka = declared, kafka
        self._newest: tuple[bytes, OnlineModel] | None = None

    def open(self, function_context: object) -> None:
        """Learn what was ordered, and follow."""
        self._open = ExitStack()
        self._orders = self._open.enter_context(live_orders(self._kafka, (self._declared.name,)))

    def close(self) -> None:
        """Follow no more."""
        self._open.close()

    def create_accumulator(self) -> Row:
        """A model that has learnt nothing."""
        return Row(OnlineModel(self._declared).to_bytes())

    def accumulate(self, accumulator: Row, batch: list[str]) -> None:
        """Learn one batch."""
        model = self._model(accumulator[0])
        model.learn(self._declared.examples(batch), self._orders.all())
        accumulator[0] = model.to_bytes()
        self._newest = accumulator[0], model

    def get_value(self, accumulator: Row) -> bytes:
        """The state itself is the snapshot."""
        return bytes(accumulator[0])

    def get_result_type(self) -> DataType:
        """A state of `online_models.state`."""
        return DataTypes.BYTES()

    def get_accumulator_type(self) -> DataType:
        """Bytes as well: declared, so that Flink stores them and not a pickle."""
        return DataTypes.ROW([DataTypes.FIELD("state", DataTypes.BYTES())])

    def _model(self, state: bytes) -> OnlineModel:
        """To compare the bytes costs a hundredth of reading them."""
        if self._newest and self._newest[0] == state:
            return self._newest[1]
        return OnlineModel.from_bytes(self._declared, state)


class Publish(ScalarFunction):  # type: ignore[misc]
    """Writes the newest snapshot to Redis, at most every EVERY_S: a job that catches up makes many more."""

    def __init__(self, declared: Declaration, options: Options) -> None:
        self._declared = declared
        self._options = options

    def open(self, function_context: object) -> None:
        """Connect once a worker."""
        self._models = RedisModels(connect(self._options.redis))
        self._paced: Paced[bytes] = Paced(self._publish, EVERY_S)

    def close(self) -> None:
        """Write what still waits."""
        self._paced.close()

    def eval(self, state: pd.Series[Any]) -> pd.Series[bool]:
        """True for each snapshot."""
        self._paced.offer(state.iloc[-1])
        return pd.Series(True, index=range(len(state)))

    def _publish(self, state: bytes) -> None:
        newest = OnlineModel.from_bytes(self._declared, state)
        now_ms = time.time_ns() // 1_000_000
        name, generation = self._declared.name, self._options.generation
        self._models.write(name, generation, newest.summary(), pack(newest), now_ms)


def script(options: Options) -> Script:
    """The job as SQL; `learn_<model>` and `publish_<model>` are the Python functions."""
    learnt_from = list(dict.fromkeys(model.outcome for model in MODELS.values()))
    return Script(
        f"{NAME}: {', '.join(MODELS)}",
        (
            *outcomes.sources(learnt_from, options, NAME),
            *(
                sql
                for outcome in learnt_from
                for sql in outcomes.declarations(outcome, options.take_window_ms)
            ),
            _SINK,
        ),
        (*map(facts.insert, learnt_from), *map(_insert, MODELS.values())),
    )


def build(tables: TableEnvironment, options: Options) -> StatementSet:
    """The job, declared and not started."""
    for name, declared in MODELS.items():
        tables.create_temporary_system_function(f"learn_{name}", udaf(Learn(declared, options.kafka)))
        publish = udf(Publish(declared, options), result_type=DataTypes.BOOLEAN(), func_type="pandas")
        tables.create_temporary_system_function(f"publish_{name}", publish)
    for event in {model.outcome.of for model in MODELS.values()}:
        looking = facts.LookUp(facts.wanted_of(event), options.redis)
        look_up = udf(looking, result_type=DataTypes.STRING(), func_type="pandas")
        tables.create_temporary_system_function(f"look_up_{event}", look_up)
    return add(tables, script(options))


def main() -> None:
    """Submit the job to the cluster that `flink run` names."""
    options = Options.parse(sys.argv[1:])
    build(table_environment(options, pipeline_name=NAME, **SETTINGS), options).execute()


def _insert(model: Declaration) -> str:
    return f"""\
-- {model.name}, {model.used_for}: {model.label}.
-- Without a key there is one model, in one place, and its batches come in the order of their times.
-- Declared as {model.digest}: with another declaration this is another job, which begins without a state.
INSERT INTO published
SELECT publish_{model.name}(state)
FROM (SELECT learn_{model.name}(batch) AS state FROM {model.outcome.name}_batches)"""


if __name__ == "__main__":
    main()
