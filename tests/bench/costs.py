"""What each view costs: the job of features with it alone, beside one with none, on the same topics."""

from __future__ import annotations

import time
from collections.abc import Iterator

import redis

from features.catalog import VIEWS
from features.layout import Layout, layouts
from features.listing_layout import ListLayout, list_layouts
from features.view import View
from flink_jobs.options import Options
from headwater.runtime.flink_rest import FlinkRest
from headwater.titles import announce
from headwater.traffic.population import catalogued
from headwater.traffic.producer import KafkaSink
from schemas.topics import TITLES
from tests.bench.entities import keys_of
from tests.bench.figure import Plan, Row
from tests.bench.laps import FEATURES, run_lap
from tests.bench.race import Race
from tests.bench.servers import Stack, a_stack
from tests.bench.totals import ledger
from tests.bench.traffic import MEMBERS, SPAN_S, preload, world
from tests.bench.usage import running_s

_EVENTS = 500_000
#: No view has this name.
_NONE = "-"
_MILLION, _LOOK_S = 1_000_000, 0.5


def costs(_: Plan) -> Iterator[Row]:
    """CPU an event and bytes of a checkpoint by view, both over those of the job without, start-up and all.

    The state is what is held of entities seen within `SPAN_S` of event time, told for a million of them.
    """
    with a_stack() as stack, redis.Redis.from_url(stack.endpoints.redis) as client:
        announce(catalogued(world().titles), KafkaSink(stack.endpoints.kafka, topics=(TITLES,)))
        events = preload(stack.endpoints.kafka, _EVENTS, time.time_ns() // 1_000_000, scores=True)
        Race(stack, events).gate()
        yield Row(f"events of {MEMBERS:,} members, within {SPAN_S} s", "events", events)
        costs = Costs(stack, client, events)
        # The first has a JVM that knows neither Kafka nor Avro.
        costs.of(_NONE)
        cpu_us, state_bytes = costs.of(_NONE)
        yield Row("no view: CPU", "µs/event", cpu_us)
        yield Row("no view: state", "MiB", state_bytes / 2**20)
        # Redis keeps tiles no longer than a window sees them: those of short windows are looked for first.
        for view in sorted(VIEWS.values(), key=lambda view: view.reach_ms):
            with_cpu_us, with_bytes = costs.of(view.name)
            seen, more = _entities(client, view), with_bytes - state_bytes
            yield Row(f"{view.name}: CPU", "µs/event", with_cpu_us - cpu_us)
            yield Row(f"{view.name}: entities seen", "", seen)
            if seen:
                yield Row(f"{view.name}: state of a million entities", "MiB", more / seen * _MILLION / 2**20)


class Costs:
    """The job in turn with other views, on one stack; Redis is what the last wrote."""

    def __init__(self, stack: Stack, client: redis.Redis, events: int) -> None:
        self._stack, self._client, self._events = stack, client, events
        self._cluster = FlinkRest(stack.endpoints.flink)

    def of(self, views: str) -> tuple[float, int]:
        """CPU-µs an event, but for what the JVM compiles, and bytes of a checkpoint after all of them."""
        self._client.flushdb()
        sizes: list[int] = []
        lap = run_lap(
            self._stack,
            self._events,
            [FEATURES],
            lambda: sum(ledger(self._client).values()),
            lambda ids: sizes.append(self._checkpoint_bytes(ids[0])),
            Options(views=views),
        )
        return running_s(lap.whole) / self._events * 1e6, sizes[0]

    def _checkpoint_bytes(self, job_id: str) -> int:
        """Of the next one to begin, since all is counted: the whole state, as the heap's backend writes it.

        https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/ops/rest_api/#jobs-jobid-checkpoints
        """
        since_ms = time.time_ns() // 1_000_000
        while True:
            done = self._cluster.get(f"/jobs/{job_id}/checkpoints")["latest"]["completed"]
            if done and done["trigger_timestamp"] > since_ms:
                return int(done["state_size"])
            time.sleep(_LOOK_S)


def _entities(client: redis.Redis, view: View) -> int:
    tables: tuple[Layout | ListLayout, ...] = (*layouts(view), *list_layouts(view))
    return len({key[: key.index(b"}")] for table in tables for key in keys_of(client, table)})
