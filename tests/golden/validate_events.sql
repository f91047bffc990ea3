-- validate_events: the gate

-- What producers sent, untouched: one source for all event types, so one batch for all of them.
CREATE TEMPORARY TABLE raw_events (
  `key` BYTES,
  `value` BYTES,
  `topic` STRING NOT NULL METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  `offset` BIGINT NOT NULL METADATA VIRTUAL,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `timestamp` TIMESTAMP_LTZ(3) NOT NULL METADATA VIRTUAL
) WITH (
  'connector' = 'kafka',
  'topic' = 'events.play;events.pause;events.search;events.hover;events.stream_start;events.rating;events.seek;events.impression;events.playback_health;events.session_end;events.member_score',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'validate_events',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'group-offsets',
  'key.format' = 'raw',
  'key.fields' = 'key',
  'value.format' = 'raw',
  'value.fields-include' = 'EXCEPT_KEY'
);

-- One sink for every outcome: two sinks would have the rules run twice.
CREATE TEMPORARY TABLE judged (
  `key` BYTES,
  `value` BYTES,
  `topic` STRING NOT NULL METADATA,
  `headers` MAP<STRING, BYTES> METADATA,
  `timestamp` TIMESTAMP_LTZ(3) METADATA
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.play;valid.pause;valid.search;valid.hover;valid.stream_start;valid.rating;valid.seek;valid.impression;valid.playback_health;valid.session_end;valid.member_score;quarantine.play;quarantine.pause;quarantine.search;quarantine.hover;quarantine.stream_start;quarantine.rating;quarantine.seek;quarantine.impression;quarantine.playback_health;quarantine.session_end;quarantine.member_score',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.linger.ms' = '5',
  'properties.max.request.size' = '5242880',
  'sink.delivery-guarantee' = 'at-least-once',
  'key.format' = 'raw',
  'key.fields' = 'key',
  'value.format' = 'raw',
  'value.fields-include' = 'EXCEPT_KEY'
);

-- Judge each record once; every column of the output reads the one row that the judge returns.
INSERT INTO judged
SELECT
  CASE WHEN j.verdict = 'rejected' THEN `key` ELSE ENCODE(j.member_id, 'UTF-8') END,
  CASE WHEN j.verdict = 'rejected' THEN `value` ELSE j.datum END,
  CASE WHEN j.verdict = 'rejected' THEN 'quarantine' ELSE 'valid' END || SUBSTR(`topic`, 7),
  CASE WHEN j.verdict = 'valid' AND j.reasons IS NULL THEN MAP[
    'verdict', ENCODE(j.verdict, 'UTF-8'),
    'ruleset', ENCODE(j.ruleset, 'UTF-8'),
    'partition', ENCODE(CAST(`partition` AS STRING), 'UTF-8'),
    'offset', ENCODE(CAST(`offset` AS STRING), 'UTF-8'),
    'genres', ENCODE(j.genres, 'UTF-8')
  ] ELSE MAP[
    'verdict', ENCODE(j.verdict, 'UTF-8'),
    'ruleset', ENCODE(j.ruleset, 'UTF-8'),
    'partition', ENCODE(CAST(`partition` AS STRING), 'UTF-8'),
    'offset', ENCODE(CAST(`offset` AS STRING), 'UTF-8'),
    'topic', ENCODE(`topic`, 'UTF-8'),
    'time', ENCODE(CAST(`timestamp` AS STRING), 'UTF-8'),
    'reasons', ENCODE(COALESCE(refused, j.reasons), 'UTF-8'),
    'slice', ENCODE(j.slice, 'UTF-8'),
    'attempts', `headers`['attempts'],
    'genres', ENCODE(j.genres, 'UTF-8')
  ] END,
  `timestamp`
FROM (
  SELECT
    *,
    judge(
      `topic`, `partition`, `offset`, ingested,
      CASE WHEN refused IS NULL THEN `value` ELSE CAST(NULL AS BYTES) END
    ) AS j
  FROM (
    SELECT
      *,
      CAST(`timestamp` AS TIMESTAMP(3)) AS ingested,
      -- Batches are bounded by rows, so a row must be bounded by bytes before Python sees it. Without a key
      -- the copies of an event would be spread over partitions.
      CASE
        WHEN CHAR_LENGTH(DECODE(`value`, 'ISO-8859-1')) > 65536 THEN 'oversize'
        WHEN `key` IS NULL THEN 'null_key'
      END AS refused
    FROM raw_events
  )
);
