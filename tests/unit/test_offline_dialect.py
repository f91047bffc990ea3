"""What DuckDB understands otherwise than Flink, it understands as Flink does."""

from __future__ import annotations

from typing import Any

import pytest

from features.offline.dialect import MACROS, connect

pytestmark = pytest.mark.unit

DATABASE = connect()


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("7 / 2", 3),
        ("-7 / 2", -3),
        ("7 / 2E0", 3.5),
        ("MOD(-7, 3)", -1),
        ("GREATEST(1, NULL)", None),
        ("GREATEST(1, 2)", 2),
        ("LEAST(NULL, 2)", None),
        ("LEAST(1, 2)", 1),
        ("TRIM('  a b ')", "a b"),
        ("TRIM(' \u2003a\t')", "\u2003a\t"),
        ("LOWER('HEIST')", "heist"),
        # A letter that becomes two, and one that differs at the end of a word.
        ("LOWER('İSTANBUL')", "i̇stanbul"),
        ("LOWER('ΟΔΟΣ')", "οδος"),
        ("UPPER('straße')", "STRASSE"),
        ("LOWER(NULL)", None),
        ("LPAD(CAST(12 AS STRING), 15, '0') || 'x'", "000000000000012x"),
        ("CAST(ROUND(2.5E0) AS BIGINT)", 3),
        ("CAST(ROUND(-2.5E0) AS BIGINT)", -3),
    ],
)
def test_an_expression_means_what_it_means_in_flink(sql: str, expected: Any) -> None:
    assert DATABASE.execute(f"SELECT {sql}").fetchone() == (expected,)


def test_every_function_of_the_table_is_tried() -> None:
    (tried,) = (mark.args[1] for mark in test_an_expression_means_what_it_means_in_flink.pytestmark)
    assert all(any(name.split("(")[0].upper() in sql for sql, _ in tried) for name in MACROS)


def test_few_rows_do_not_try_each_against_all() -> None:
    """So DuckDB does where it believes that rows are few, however many they turn out to be."""
    database = connect()
    for table in ("a", "b"):
        database.execute(f"CREATE TABLE {table} AS SELECT 1 AS k, RANGE AS at FROM RANGE(9)")
    plan = database.execute("EXPLAIN SELECT * FROM a ASOF JOIN b ON a.k = b.k AND a.at >= b.at").fetchall()
    assert "asof join" in str(plan).lower()
    assert "loop" not in str(plan).lower()
