"""What broke rules over many events: each violation told when it begins, and again each hour it goes on."""

from __future__ import annotations

from collections.abc import Sequence

from flink_jobs.kafka_tables import append_sink
from flink_jobs.stream_sql import COLUMNS, breaches
from schemas import topics
from validators.stream_rule import AGAIN_MS, Kind, Order


def declaration(kafka: str) -> str:
    """Where the violations go."""
    return append_sink("violations", topics.VIOLATIONS, COLUMNS, kafka)


def together(rules: Sequence[Kind]) -> list[list[Kind]]:
    """Rules by the query that tells them: those of order that remember the same events share one."""
    found: dict[object, list[Kind]] = {}
    for rule in rules:
        remembers = (rule.on, rule.key, rule.first, rule.then) if isinstance(rule, Order) else rule.name
        found.setdefault(remembers, []).append(rule)
    return list(found.values())


def view(rules: Sequence[Kind]) -> str:
    """Every event at which a rule is broken: of a broken client, each of them."""
    union = "\nUNION ALL\n".join(breaches(*alike) for alike in together(rules))
    return f"""\
-- Every event at which a rule over many events is broken.
CREATE TEMPORARY VIEW breaches AS
{union}"""


def insert() -> str:
    """Of the breaches of one rule and key those that follow another within the window are not told again."""
    names = ", ".join(f"`{column}`" for column in COLUMNS)
    return f"""\
-- Once when it begins, and again in each hour that it goes on: a broken client must not flood those who look.
INSERT INTO violations
SELECT {names}
FROM (
  SELECT *, COUNT(*) OVER w AS seen, MIN(at_ms) OVER w AS before
  FROM breaches
  -- LAG would look at all rows of one millisecond at once.
  WINDOW w AS (PARTITION BY rule, `key` ORDER BY happened ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
)
WHERE seen = 1 OR at_ms - before > window_ms OR at_ms / {AGAIN_MS} <> before / {AGAIN_MS}"""
