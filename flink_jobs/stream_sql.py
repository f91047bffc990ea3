"""Rules over many events as SELECTs over `counted`: a row for every event at which one is broken.

All see time by `happened`, so an event that comes when the watermark has passed it is seen by none of them:
a late play makes its pause look like one without. Frames are by RANGE where the rule is one of a set of
events, so that those of one millisecond see one another whatever the order of their arrival.
"""

from __future__ import annotations

from functools import singledispatch

from flink_jobs.kafka_tables import interval, number
from validators.places import PLACES
from validators.stream_rule import Agreement, Concurrency, Kind, Order, Rate, Unique, Velocity

#: Columns of schemas.quality.Violation, and the SQL types that they have.
COLUMNS = {
    "rule": "STRING",
    "event": "STRING",
    "key": "STRING",
    "at_ms": "BIGINT",
    "event_id": "STRING",
    "value": "DOUBLE",
    "bound": "DOUBLE",
    "window_ms": "BIGINT",
    "detail": "STRING",
}

_EARTH_KM = 12_742  # its mean diameter


@singledispatch
def breaches(rule: Kind, *others: Kind) -> str:
    """The query of a rule, and of others that it tells with it: COLUMNS and `happened`."""
    raise NotImplementedError(type(rule))


@breaches.register(Unique)
def _unique(rule: Unique) -> str:
    # Nearly every event has a key of its own: an OVER would cost six times as much as a window.
    key = "" if rule.key == "event_id" else f"`{rule.key}`, "
    last_id = "event_id" if rule.key == "event_id" else "MAX(event_id) AS event_id"
    where = "" if rule.on == "*" else f"  WHERE {_is_of(rule)}\n"
    return f"""\
{_select(rule, "CAST(measured AS STRING) || ' times'")}
FROM (
  SELECT {key}{last_id}, MAX(event) AS event, MAX(event_time) AS event_time, COUNT(*) AS measured,
    window_time AS happened
  FROM TABLE(TUMBLE(TABLE counted, DESCRIPTOR(happened), {interval(rule.window_ms)}))
{where}  GROUP BY window_start, window_end, window_time, `{rule.key}`
)
WHERE measured > {number(rule.bound)}"""


@breaches.register(Rate)
def _rate(rule: Rate) -> str:
    return _measured(rule, "COUNT(*)", "events")


@breaches.register(Concurrency)
def _concurrency(rule: Concurrency) -> str:
    return _measured(rule, f"COUNT(DISTINCT `{rule.of}`)", f"different {rule.of}")


@breaches.register(Order)
def _orders(one: Order, *others: Order) -> str:
    """Of rules of one key, `first` and `then`: an OVER remembers for all of them, UNNEST tells them apart."""
    rules = (one, *others)
    compared = sorted({"event_time"}.union(*(rule.reads for rule in rules)) - {one.key})
    lasts = ",\n      ".join(
        f"LAST_VALUE(CASE WHEN event = '{one.first}' THEN `{column}` END) OVER w AS `first_{column}`"
        for column in compared
    )
    # Not by the names of their rules, of which one may be that of a column.
    slips = {f"slip_{i}": rule for i, rule in enumerate(rules)}
    measures = ",\n    ".join(f"{_slip(rule)} AS {slip}" for slip, rule in slips.items())
    told = ",\n  ".join(
        f"ROW('{rule.name}', CAST({slip} AS DOUBLE), CAST({number(rule.bound)} AS DOUBLE),"
        f" CAST({rule.window_ms} AS BIGINT),\n    {_detail(rule, slip)})"
        for slip, rule in slips.items()
    )
    broken = " OR ".join(f"{slip} > {number(rule.bound)}" for slip, rule in slips.items())
    return (
        "\n".join(map(_why, rules))
        + f"""
SELECT told.rule, event, `{one.key}` AS `key`, event_time AS at_ms, event_id,
  told.`value`, told.bound, told.window_ms, told.detail, happened
FROM (
  SELECT *,
    {measures}
  FROM (
    SELECT {_names(*rules)},
      {lasts}
    FROM {_counted(one)}
    WINDOW w AS (
      PARTITION BY `{one.key}` ORDER BY happened RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
  )
  WHERE event = '{one.then}'
)
CROSS JOIN UNNEST(ARRAY[
  {told}
]) AS told (rule, `value`, bound, window_ms, detail)
WHERE ({broken}) AND told.`value` > told.bound"""
    )


def _slip(rule: Order) -> str:
    """What a rule of order measures at its `then`: of one key both are anyway, and none is too long ago."""
    within = f"event_time - `first_event_time` <= {rule.window_ms}"
    alike = "".join(f" AND `first_{c}` = `{c}`" for c in rule.same if c != rule.key)
    if rule.never:
        fits, not_so = "event_time - `first_event_time`", "0"
    elif rule.rising:
        fits, not_so = f"`first_{rule.rising}` - `{rule.rising}`", "0"
    else:
        fits, not_so = "0", "1"
    return f"CASE WHEN {within}{alike}\n      THEN {fits} ELSE {not_so} END"


def _detail(rule: Order, slip: str) -> str:
    if rule.never:
        return f"'{rule.then} ' || CAST({slip} AS STRING) || ' ms after {rule.first}'"
    if rule.rising is None:
        return f"'{rule.then} without {rule.first} of its {' and '.join(rule.same)}'"
    return f"'{rule.rising} went back by ' || CAST({slip} AS STRING)"


@breaches.register(Velocity)
def _velocity(rule: Velocity) -> str:
    detail = f"before || ' to ' || `{rule.place}` || ': ' || CAST(CAST(km AS BIGINT) AS STRING) || ' km'"
    return f"""\
{_select(rule, detail)}
FROM (
  SELECT *, km * 3600000 / GREATEST(event_time - before_ms, 1000) AS measured
  FROM (
    -- By the haversine; a place is degrees north, degrees east, and a radius in km.
    SELECT *,
      {_EARTH_KM} * ASIN(SQRT(
        POWER(SIN(RADIANS(here[1] - there[1]) / 2), 2)
        + COS(RADIANS(here[1])) * COS(RADIANS(there[1])) * POWER(SIN(RADIANS(here[2] - there[2]) / 2), 2)
      )) - here[3] - there[3] - {number(rule.grace_km)} AS km
    FROM (
      SELECT *, places[`{rule.place}`] AS here, places[before] AS there
      FROM (
        SELECT *, {_places()} AS places
        FROM (
          SELECT {_names(rule)},
            FIRST_VALUE(`{rule.place}`) OVER w AS before, FIRST_VALUE(event_time) OVER w AS before_ms
          FROM {_counted(rule)}
          WINDOW w AS (
            PARTITION BY `{rule.key}` ORDER BY happened ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
          )
        )
        WHERE before <> `{rule.place}` AND event_time - before_ms <= {rule.window_ms}
      )
    )
  )
)
WHERE measured > {number(rule.bound)}"""


@breaches.register(Agreement)
def _agreement(rule: Agreement) -> str:
    first, second = rule.on
    one = f"""\
    SELECT {_names(rule)}
    FROM {_counted(rule, first)}
      -- One that comes late would not find the other, which is forgotten.
      AND (CURRENT_WATERMARK(happened) IS NULL OR happened > CURRENT_WATERMARK(happened))"""
    two = f"""\
    SELECT *
    FROM (
      SELECT {_names(rule)},
        MAX(CASE WHEN event = '{first}' THEN event_time END) OVER (
          PARTITION BY `{rule.key}` ORDER BY happened RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS spoke_ms
      FROM {_counted(rule)}
    )
    WHERE event = '{second}' AND event_time - spoke_ms <= {rule.spoke_ms}"""
    return f"{_alone(rule, one, second)}\nUNION ALL\n{_alone(rule, two, first)}"


def _alone(rule: Agreement, query: str, other: str) -> str:
    """The events of a query beside which there is no `other`."""
    alike = " AND ".join(f"b.`{c}` = a.`{c}`" for c in rule.same)
    window = interval(rule.window_ms)
    return f"""\
{_select(rule, f"'no {other} beside it'")}
FROM (
  SELECT a.*, 1 AS measured
  FROM (
{query}
  ) a
  LEFT JOIN (
    SELECT {_names(rule)}
    FROM {_counted(rule, other)}
  ) b
    ON {alike}
    AND b.happened BETWEEN a.happened - {window}
    AND a.happened + {window}
  WHERE b.event_id IS NULL
)"""


def _measured(rule: Rate | Concurrency, aggregate: str, unit: str) -> str:
    return f"""\
{_select(rule, f"CAST(measured AS STRING) || ' {unit}'")}
FROM (
  SELECT {_names(rule)},
    {aggregate} OVER (
      PARTITION BY `{rule.key}` ORDER BY happened
      RANGE BETWEEN {interval(rule.window_ms)} PRECEDING AND CURRENT ROW
    ) AS measured
  FROM {_counted(rule)}
)
WHERE measured > {number(rule.bound)}"""


def _select(rule: Kind, detail: str) -> str:
    return f"""\
{_why(rule)}
SELECT '{rule.name}' AS rule, event, `{rule.key}` AS `key`, event_time AS at_ms, event_id,
  CAST(measured AS DOUBLE) AS `value`, CAST({number(rule.bound)} AS DOUBLE) AS bound,
  CAST({rule.window_ms} AS BIGINT) AS window_ms,
  {detail} AS detail, happened"""


def _why(rule: Kind) -> str:
    return f"-- {rule.name}: {' '.join(rule.why.split())}"


def _names(*rules: Kind) -> str:
    read = sorted(set[str]().union(*(rule.reads for rule in rules)) - {"event_id", "event_time"})
    return ", ".join(["event", "event_id", "event_time", "happened", *(f"`{c}`" for c in read)])


def _counted(rule: Kind, *events: str) -> str:
    """Of the events that count those of some types: of a rule on all of them every one."""
    return "counted" if rule.on == "*" else f"counted WHERE {_is_of(rule, *events)}"


def _is_of(rule: Kind, *events: str) -> str:
    return f"event IN ({', '.join(repr(event) for event in events or rule.events)})"


def _places() -> str:
    entries = [f"'{code}', ARRAY[{', '.join(f'{x:g}E0' for x in place)}]" for code, place in PLACES.items()]
    rows = [", ".join(entries[i : i + 3]) for i in range(0, len(entries), 3)]
    return "MAP[\n          " + ",\n          ".join(rows) + "\n        ]"
