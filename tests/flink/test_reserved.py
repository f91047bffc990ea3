"""What is refused as a name is what Flink's own parser does not take for one."""

from __future__ import annotations

import pytest
from py4j.protocol import Py4JJavaError
from pyflink.table import TableEnvironment
from pyflink.util.exceptions import TableException

from features.reserved import RESERVED
from flink_jobs.environment import table_environment
from flink_jobs.options import Options
from tests.gallery import EVERY

pytestmark = pytest.mark.flink

NAMES = {name for view in EVERY.values() for name in (*view.entity, *(p.name for p in view.partials))}


def taken(tables: TableEnvironment, word: str) -> bool:
    """Whether a word can be a column of a view: in a key, in a group, by name."""
    try:
        tables.sql_query(f"SELECT {word}, n AS {word} FROM (SELECT 1 AS {word}, 2 AS n) GROUP BY {word}, n")
    except (Py4JJavaError, TableException):
        return False
    return True


def test_reserved_words_are_those_that_flink_does_not_take() -> None:
    tables = table_environment(Options())
    words = RESERVED | NAMES | {"term", "shelf", "value_of_it", "hello"}
    assert {word for word in words if not taken(tables, word)} == RESERVED
