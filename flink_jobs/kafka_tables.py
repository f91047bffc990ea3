"""The Kafka tables of the jobs, as SQL text made from the event types and the topic table.

Connector options: https://nightlies.apache.org/flink/flink-docs-stable/docs/connectors/table/kafka/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from flink_jobs.options import Options
from schemas import topics
from schemas.events import EVENT_NAMES, EventType
from schemas.titles import GENRES

_SQL_TYPES = {"string": "STRING", "long": "BIGINT", "int": "INT", "boolean": "BOOLEAN", "double": "DOUBLE"}

_RAW = {
    "key.format": "raw",
    "key.fields": "key",
    "value.format": "raw",
    "value.fields-include": "EXCEPT_KEY",
}

_RESTING_ROWS = 50_000

#: The verdicts of events that count, in SQL.
COUNTED = "('valid', 'warned')"

_INGESTED = "`ingested` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL"


def sql_type(avro: str) -> str:
    """The Flink SQL type of an Avro primitive; times are carried as BIGINT milliseconds."""
    return _SQL_TYPES[avro]


def raw_source(name: str, kafka: str, group: str) -> str:
    """Every topic of raw events as one table: bytes, and where they came from."""
    return f"""\
-- What producers sent, untouched: one source for all event types, so one batch for all of them.
CREATE TEMPORARY TABLE {name} (
  `key` BYTES,
  `value` BYTES,
  `topic` STRING NOT NULL METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  `offset` BIGINT NOT NULL METADATA VIRTUAL,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `timestamp` TIMESTAMP_LTZ(3) NOT NULL METADATA VIRTUAL
) {_with(_source(map(topics.raw, EVENT_NAMES), kafka, group) | _RAW)}"""


def judged_sink(name: str, kafka: str) -> str:
    """Where the gate writes: each row names its topic among valid.* and quarantine.*."""
    names = [*map(topics.valid, EVENT_NAMES), *map(topics.quarantine, EVENT_NAMES)]
    options = _sink(names, kafka) | {
        "properties.max.request.size": str(topics.MAX_QUARANTINE_BYTES),
        "sink.delivery-guarantee": "at-least-once",
    }
    return f"""\
-- One sink for every outcome: two sinks would have the rules run twice.
CREATE TEMPORARY TABLE {name} (
  `key` BYTES,
  `value` BYTES,
  `topic` STRING NOT NULL METADATA,
  `headers` MAP<STRING, BYTES> METADATA,
  `timestamp` TIMESTAMP_LTZ(3) METADATA
) {_with(options | _RAW)}"""


def valid_source(
    event: EventType, options: Options, group: str, clock: str = "", resumed: bool = False
) -> str:
    """The judged events of one type, as columns; a `clock` declares event time, and may read `ingested`.

    Without a checkpoint it is read as far back as windows can see, or from where the group is: `resumed`.
    """
    columns = "".join(
        f"  `{c.name}` {sql_type(c.avro)}{'' if c.nullable else ' NOT NULL'},\n" for c in event.columns
    )
    names = [topics.valid(event.name)]
    source = _source(names, options.kafka, group) if resumed else _replayed(names, options, group)
    return f"""\
CREATE TEMPORARY TABLE valid_{event.name} (
{columns}  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME(){_event_time(clock)}
) {_with(source | {"value.format": "avro"})}"""


def own_columns(event: EventType) -> dict[str, str]:
    """What `valid_<event>` tells by name, as SQL to select: its columns, and the genres of its title."""
    own = {c.name: f"`{c.name}`" for c in event.columns}
    if "title_id" in own:
        own[GENRES.name] = f"{header(GENRES.name)} AS `{GENRES.name}`"
    return own


def quarantine_source(name: str, options: Options, group: str, clock: str = "") -> str:
    """The set-aside records: only where they are from and why; with a `clock` as in `valid_source`."""
    return f"""\
CREATE TEMPORARY TABLE {name} (
  `value` BYTES,
  `topic` STRING NOT NULL METADATA VIRTUAL,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME(){_event_time(clock)}
) {_with(_replayed(map(topics.quarantine, EVENT_NAMES), options, group) | {"value.format": "raw"})}"""


def upsert_sink(
    name: str, topic: str, columns: Mapping[str, str], key: Sequence[str], kafka: str, rest_ms: int = 0
) -> str:
    """A topic of JSON objects, the newest of each key being the one that holds; a row rests for `rest_ms` and
    at most until the next checkpoint, in case a newer one takes its place."""
    declared = "".join(f"  `{column}` {kind},\n" for column, kind in columns.items())
    formats = {"key.format": "json", "value.format": "json"}
    options = _sink([topic], kafka) | {"connector": "upsert-kafka"} | formats
    if rest_ms:
        options |= {
            "sink.buffer-flush.interval": f"{rest_ms} ms",
            "sink.buffer-flush.max-rows": str(_RESTING_ROWS),
        }
    return f"""\
CREATE TEMPORARY TABLE {name} (
{declared}  PRIMARY KEY ({", ".join(f"`{column}`" for column in key)}) NOT ENFORCED
) {_with(options)}"""


def append_sink(name: str, topic: str, columns: Mapping[str, str], kafka: str) -> str:
    """A topic of JSON objects, each for itself; after a restart some are written again."""
    declared = ",\n".join(f"  `{column}` {kind}" for column, kind in columns.items())
    options = _sink([topic], kafka) | {"value.format": "json", "sink.delivery-guarantee": "at-least-once"}
    return f"""\
CREATE TEMPORARY TABLE {name} (
{declared}
) {_with(options)}"""


def kept_table(
    name: str,
    topic: str,
    columns: Mapping[str, str],
    key: str,
    options: Options,
    group: str,
    clock: str,
) -> str:
    """A topic of JSON objects that a job writes and reads again; rows keep when they were `ingested`.

    By name, so that what was written before there was a column more has null there.
    """
    declared = "".join(f"  `{column}` {kind},\n" for column, kind in columns.items())
    written = {
        "properties.linger.ms": "5",
        "properties.compression.type": "lz4",
        "key.format": "raw",
        "key.fields": key,
        "value.format": "json",
        "value.fields-include": "ALL",
        "sink.delivery-guarantee": "at-least-once",
    }
    return f"""\
CREATE TEMPORARY TABLE {name} (
{declared}  {_INGESTED.removesuffix(" VIRTUAL")},
  {clock}
) {_with(_replayed([topic], options, group) | written)}"""


def clock(time: str, wait_ms: int) -> str:
    """`happened`, and its watermark, for a table that knows when an event was `ingested`.

    An event waits `wait_ms` for those that happened before it. A device whose clock runs ahead must not make
    those late whose clocks are right: time has come no further than the broker's.
    """
    return f"""\
happened AS {time},
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - {interval(wait_ms)}"""


def header(name: str) -> str:
    """The text of a header, in SQL.

    >>> header("verdict")
    "DECODE(headers['verdict'], 'UTF-8')"
    """
    return f"DECODE(headers['{name}'], 'UTF-8')"


def number(value: float) -> str:
    """All its digits, in SQL.

    >>> number(3_599_999.0), number(0.25), number(1e22)
    ('3599999', '0.25', '1e+22')
    """
    return repr(value).removesuffix(".0")


def interval(ms: int) -> str:
    """A time as SQL says it.

    >>> interval(605_000)
    "INTERVAL '0 00:10:05.000' DAY TO SECOND(3)"
    """
    hours, rest = divmod(ms, topics.HOUR_MS)
    minutes, rest = divmod(rest, topics.MINUTE_MS)
    days, hours = divmod(hours, 24)
    return f"INTERVAL '{days} {hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}' DAY TO SECOND(3)"


def _event_time(clock: str) -> str:
    return f",\n  {_INGESTED},\n  {clock}" if clock else ""


def _replayed(names: Iterable[str], options: Options, group: str) -> dict[str, str]:
    """A job that counts, and starts without a checkpoint, must read again what its windows can see."""
    from_ms = str(options.replay_from_ms)
    start = {"scan.startup.mode": "timestamp", "scan.startup.timestamp-millis": from_ms}
    return _source(names, options.kafka, group) | start


def _source(names: Iterable[str], kafka: str, group: str) -> dict[str, str]:
    """The gate has no state: without a checkpoint it goes on where its group was."""
    return {
        "connector": "kafka",
        "topic": ";".join(names),
        "properties.bootstrap.servers": kafka,
        "properties.group.id": group,
        "properties.auto.offset.reset": "earliest",
        "scan.startup.mode": "group-offsets",
    }


def _sink(names: Iterable[str], kafka: str) -> dict[str, str]:
    """A record waits a little for others: a batch is written sooner than each alone."""
    return {
        "connector": "kafka",
        "topic": ";".join(names),
        "properties.bootstrap.servers": kafka,
        "properties.linger.ms": "5",
    }


def _with(options: Mapping[str, str]) -> str:
    return "WITH (\n" + ",\n".join(f"  '{k}' = '{v}'" for k, v in options.items()) + "\n)"
