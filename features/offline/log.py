"""Events as files hold them, a relation for each type, and of these what counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import duckdb
import pyarrow as pa

from features.followed import KNOWN_MS
from features.offline.dialect import beside, connect
from features.view import View
from schemas.events import EVENTS, Column
from schemas.titles import GENRES
from schemas.topics import FUTURE_TOLERANCE_MS, HOUR_MS

_ENDLESS_MS = 1 << 62
_TYPES = {"string": "VARCHAR", "boolean": "BOOLEAN", "double": "DOUBLE", "int": "BIGINT", "long": "BIGINT"}


@dataclass(frozen=True)
class Log:
    """Judged events in DuckDB: `relations` names one for each event type, with its columns and their types.

    A relation has the columns of `valid.<event>` and, of its headers, `verdict`; `genres`, if a view reads
    them; and, if there may be repeats of a restarted gate, `partition` and `offset`. Times are whole numbers
    of ms, or timestamps.
    """

    database: duckdb.DuckDBPyConnection
    relations: Mapping[str, Mapping[str, str]]

    @classmethod
    def open(cls, directory: Path, since_ms: int = 0) -> Self:
        """What `<event>.parquet` and Parquet files below `<event>/` hold. ValueError where there is none.

        Of an archive's folders those are passed by whose hour ended before anything of `since_ms` came.
        """
        database, found = connect(), {}
        for event in EVENTS:
            files = [*directory.glob(f"{event}.parquet"), *directory.glob(f"{event}/**/*.parquet")]
            # Never none of them: the newest tells of what columns they are.
            files = [f for f in sorted(files) if _ended_ms(f.parent.name) > since_ms] or sorted(files)[-1:]
            if files:
                names = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
                read = f"read_parquet([{names}], union_by_name = true)"
                cls(database, {}).run(f"CREATE VIEW valid_{event} AS SELECT * FROM {read}")
                found[event] = _columns(database, event)
        if not found:
            raise ValueError(
                f"{directory} holds no events: give one with <event>.parquet or <event>/*.parquet"
            )
        return cls(database, found)

    @classmethod
    def of(cls, tables: Mapping[str, pa.Table], database: duckdb.DuckDBPyConnection | None = None) -> Self:
        """What tables in memory hold, by event type; in a database of its own, unless one is told."""
        database = database or connect()
        for event, table in tables.items():
            database.register(f"valid_{event}", table)
        return cls(database, {event: _columns(database, event) for event in tables})

    def beside(self) -> Log:
        """The same events, asked by another thread at the same time; what is made of them stays apart."""
        return replace(self, database=beside(self.database))

    def table(self, sql: str) -> pa.Table:
        """What a query gives. ValueError where a file does not hold what it should."""
        try:
            return self.database.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            raise ValueError(str(error).splitlines()[0]) from None

    def batches(self, sql: str, rows: int) -> Iterator[pa.RecordBatch]:
        """What a query gives, so many rows at once. ValueError where a file does not hold what it should."""
        try:
            yield from self.database.sql(sql).to_arrow_reader(rows)
        except duckdb.Error as error:
            raise ValueError(str(error).splitlines()[0]) from None

    def more(self, tables: Mapping[str, pa.Table]) -> Log:
        """The same database, in which these events came too."""
        for event, table in tables.items():
            both = f"SELECT * FROM more_{event}"
            self.database.register(f"more_{event}", table)
            if event in self.relations:
                self.run(f"ALTER VIEW valid_{event} RENAME TO filed_{event}")
                both += f" UNION ALL BY NAME SELECT * FROM filed_{event}"
            self.run(f"CREATE VIEW valid_{event} AS {both}")
        came = {event: _columns(self.database, event) for event in tables}
        return Log(self.database, {**self.relations, **came})

    def run(self, sql: str) -> None:
        """Run a statement. ValueError where a file does not hold what it should, or cannot be written."""
        try:
            self.database.execute(sql)
        except duckdb.Error as error:
            raise ValueError(str(error).splitlines()[0]) from None

    def count(self, view: View, since_ms: int, until_ms: int) -> None:
        """Make `counted` of what a view reads: not late, no duplicate, no repeat, in [since_ms, until_ms].

        It has a column more, `features.followed.KNOWN_MS`. ValueError where a type or a column is missing.
        """
        for event in view.sources:
            if event not in self.relations:
                raise ValueError(f"view {view.id} counts {event}, of which there are no events")
        names = sorted(view.reads)
        selects = [self._counted(event, names, since_ms, until_ms) for event in view.sources]
        self.run("CREATE OR REPLACE TEMP VIEW counted AS\n" + "\nUNION ALL\n".join(selects))

    def _counted(self, event: str, names: list[str], since_ms: int, until_ms: int) -> str:
        held = self.relations[event]
        own = {column.name: column for column in EVENTS[event].columns}
        if "title_id" in own:
            own[GENRES.name] = GENRES
        for name in ("verdict", *(name for name in names if name in own)):
            if name not in held:
                raise ValueError(f"events {event} have no column {name}, which is read")
        time = _whole_ms("event_time", held["event_time"])
        types = {c.name: _TYPES[c.avro] for e in EVENTS.values() for c in (*e.columns, GENRES)}
        picked = [
            f"{_read(own[n], held) if n in own else f'CAST(NULL AS {types[n]})'} AS `{n}`" for n in names
        ]
        # The gate writes at least once; copies have the same place in the raw topic.
        place = "`partition`, `offset`"
        once = (
            f"\nQUALIFY `offset` IS NULL OR ROW_NUMBER() OVER (PARTITION BY {place}) = 1"
            if {"partition", "offset"} <= held.keys()
            else ""
        )
        return f"""\
SELECT '{event}' AS event, {", ".join(picked)}, {time} AS {KNOWN_MS}
FROM valid_{event}
WHERE verdict IN ('valid', 'warned') AND {time} BETWEEN {since_ms} AND {until_ms}{once}"""


def _ended_ms(folder: str) -> int:
    """Until when what happened may be in a folder of that name, by the clock of a device that runs ahead."""
    try:
        began = datetime.strptime(folder, "hour=%Y-%m-%dT%H").replace(tzinfo=UTC)
    except ValueError:
        return _ENDLESS_MS
    return int(began.timestamp() * 1_000) + HOUR_MS + FUTURE_TOLERANCE_MS


def _columns(database: duckdb.DuckDBPyConnection, event: str) -> dict[str, str]:
    described = database.execute(f"DESCRIBE valid_{event}").fetchall()
    return {name: kind for name, kind, *_ in described}


def _read(column: Column, held: Mapping[str, str]) -> str:
    if column.avro == "long":
        return _whole_ms(column.name, held[column.name])
    return f"CAST(`{column.name}` AS {_TYPES[column.avro]})"


def _whole_ms(name: str, kind: str) -> str:
    if not kind.startswith("TIMESTAMP"):
        return f"CAST(`{name}` AS BIGINT)"
    # A time without a zone is UTC; of its types EPOCH_MS takes one.
    return f"EPOCH_MS(`{name}`)" if kind.endswith("ZONE") else f"EPOCH_MS(CAST(`{name}` AS TIMESTAMP))"
