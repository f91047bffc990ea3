"""The Python side of a scorer: a batch of rows of members becomes scores, and these events."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import Any

import numpy as np
from pyflink.table import AggregateFunction, DataTypes, Row
from pyflink.table.types import DataType

from flink_jobs.live_orders import live_orders
from flink_jobs.options import Options
from flink_jobs.shared_forgotten import SHARED
from flink_jobs.tell_scores import ScoreTopic
from online_models.members.measure import Rows
from online_models.members.models import MemberModels
from online_models.members.scorer import Kind
from sinks.paced import Paced
from sinks.redis_features import connect
from sinks.redis_models import EVERY_S, RedisModels


class Judge(AggregateFunction):  # type: ignore[misc]
    """A scorer after all batches so far. What it says of a batch is in Kafka before the next is read."""

    def __init__(self, kind: Kind, options: Options) -> None:
        self._kind, self._options = kind, options
        self._newest: tuple[bytes, MemberModels] | None = None

    def open(self, function_context: object) -> None:
        """Connect once a worker; learn whom to forget and what was ordered, and follow."""
        self._topic = ScoreTopic(self._options.kafka)
        self._open = ExitStack()
        self._forgotten = SHARED.join(self._options.kafka)
        self._open.callback(SHARED.leave, self._options.kafka)
        self._orders = self._open.enter_context(live_orders(self._options.kafka, self._kind.models))
        self._published = RedisModels(connect(self._options.redis))
        self._paced: Paced[dict[str, dict[str, Any]]] = Paced(self._publish, EVERY_S)

    def close(self) -> None:
        """Publish what still waits, and follow no more."""
        self._paced.close()
        self._open.close()

    def create_accumulator(self) -> Row:
        """A scorer that has learnt nothing, and the time until which it has."""
        return Row(MemberModels(self._kind).to_bytes(), 0)

    def accumulate(self, accumulator: Row, at_ms: int, batch: list[str]) -> None:
        """Judge one batch, and tell it."""
        rows, models = Rows.read(at_ms, batch), self._models(accumulator[0])
        scores = models.score(rows, self._orders.all())
        kept = self._forgotten.keeps(rows.member, np.full(len(rows), at_ms - self._kind.window_ms))
        if kept is not None:
            scores = [score if keep else {} for score, keep in zip(scores, kept, strict=True)]
        self._topic.tell(self._kind.name, rows, scores)
        packed = models.to_bytes()
        accumulator[0], accumulator[1] = packed, at_ms
        self._newest = packed, models
        self._paced.offer(models.summaries(packed))

    def get_value(self, accumulator: Row) -> int:
        """Until when it has judged, in ms."""
        return int(accumulator[1])

    def get_result_type(self) -> DataType:
        """A time in ms."""
        return DataTypes.BIGINT()

    def get_accumulator_type(self) -> DataType:
        """Declared, so that Flink stores bytes and not a pickle."""
        fields = {"state": DataTypes.BYTES(), "until_ms": DataTypes.BIGINT()}
        return DataTypes.ROW([DataTypes.FIELD(name, kind) for name, kind in fields.items()])

    def _models(self, state: bytes) -> MemberModels:
        """To compare the bytes costs a hundredth of reading them."""
        if self._newest and self._newest[0] == state:
            return self._newest[1]
        return MemberModels.from_bytes(self._kind, state)

    def _publish(self, newest: dict[str, dict[str, Any]]) -> None:
        now_ms = time.time_ns() // 1_000_000
        for name, summary in newest.items():
            self._published.write(name, self._options.generation, summary, b"", now_ms)
