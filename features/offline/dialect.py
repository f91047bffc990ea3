"""A DuckDB that reads Flink SQL as Flink does: what the two understand differently stands here."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
from duckdb.func import PythonUDFType

#: Functions by what Flink means by them, where DuckDB has others of that name.
MACROS = {
    # Null where either is; DuckDB passes over nulls.
    "greatest(a, b)": "CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN system.main.greatest(a, b) END",
    "least(a, b)": "CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN system.main.least(a, b) END",
    # Spaces only; DuckDB takes other white space too.
    "trim(a)": "system.main.trim(a, ' ')",
    # By the rules of Unicode for words; DuckDB turns one character into one.
    "lower(a)": "CASE WHEN strlen(a) = length(a) THEN system.main.lower(a) ELSE unicode_lower(a) END",
    "upper(a)": "CASE WHEN strlen(a) = length(a) THEN system.main.upper(a) ELSE unicode_upper(a) END",
}
_SETTINGS = {
    "integer_division": "true",
    # Nothing is fetched from anywhere.
    "autoinstall_known_extensions": "false",
    # Where it believes that few rows look for theirs it tries each against all, and of what was joined before
    # it believes too little: of ten million events that took minutes, and takes a second.
    "asof_loop_join_threshold": "0",
}


def connect(path: str = ":memory:") -> duckdb.DuckDBPyConnection:
    """A database that reads the SQL of views.

    Beware of one thing that no macro mends: a CAST of a fraction to a whole number rounds in DuckDB and cuts
    in Flink, so a view must say ROUND, FLOOR or CEIL within it.
    """
    database = beside(duckdb.connect(path))
    for name, of in (("unicode_lower", str.lower), ("unicode_upper", str.upper)):
        database.create_function(name, _on_texts(of), ["VARCHAR"], "VARCHAR", type=PythonUDFType.ARROW)
    for signature, meaning in MACROS.items():
        database.execute(f"CREATE MACRO {signature} AS {meaning}")
    return database


def beside(database: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A connection more to a database, for another thread: temporary tables and settings are its own."""
    cursor = database.cursor()
    for name, value in _SETTINGS.items():
        cursor.execute(f"SET {name} = {value}")
    return cursor


def _on_texts(of: Any) -> Any:
    return lambda texts: pa.array([of(text) for text in texts.to_pylist()], pa.string())
