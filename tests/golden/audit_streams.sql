-- audit_streams: counts and histograms by slice and minute

CREATE TEMPORARY TABLE valid_play (
  `event_id` STRING NOT NULL,
  `event_time` BIGINT NOT NULL,
  `member_id` STRING NOT NULL,
  `profile_id` STRING NOT NULL,
  `session_id` STRING NOT NULL,
  `device_id` STRING NOT NULL,
  `device_type` STRING,
  `country` STRING,
  `app_version` STRING,
  `title_id` STRING NOT NULL,
  `position_ms` BIGINT NOT NULL,
  `runtime_ms` BIGINT NOT NULL,
  `row` INT,
  `rank` INT,
  `autoplay` BOOLEAN NOT NULL,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME(),
  `ingested` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL,
  happened AS TO_TIMESTAMP_LTZ(event_time, 3),
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:03.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.play',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'audit_streams',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '0',
  'value.format' = 'avro'
);

CREATE TEMPORARY TABLE valid_pause (
  `event_id` STRING NOT NULL,
  `event_time` BIGINT NOT NULL,
  `member_id` STRING NOT NULL,
  `profile_id` STRING NOT NULL,
  `session_id` STRING NOT NULL,
  `device_id` STRING NOT NULL,
  `device_type` STRING,
  `country` STRING,
  `app_version` STRING,
  `title_id` STRING NOT NULL,
  `position_ms` BIGINT NOT NULL,
  `runtime_ms` BIGINT NOT NULL,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME(),
  `ingested` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL,
  happened AS TO_TIMESTAMP_LTZ(event_time, 3),
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:03.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.pause',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'audit_streams',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '0',
  'value.format' = 'avro'
);

CREATE TEMPORARY TABLE valid_search (
  `event_id` STRING NOT NULL,
  `event_time` BIGINT NOT NULL,
  `member_id` STRING NOT NULL,
  `profile_id` STRING NOT NULL,
  `session_id` STRING NOT NULL,
  `device_id` STRING NOT NULL,
  `device_type` STRING,
  `country` STRING,
  `app_version` STRING,
  `query` STRING NOT NULL,
  `results` INT NOT NULL,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME(),
  `ingested` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL,
  happened AS TO_TIMESTAMP_LTZ(event_time, 3),
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:03.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.search',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'audit_streams',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '0',
  'value.format' = 'avro'
);

CREATE TEMPORARY TABLE valid_hover (
  `event_id` STRING NOT NULL,
  `event_time` BIGINT NOT NULL,
  `member_id` STRING NOT NULL,
  `profile_id` STRING NOT NULL,
  `session_id` STRING NOT NULL,
  `device_id` STRING NOT NULL,
  `device_type` STRING,
  `country` STRING,
  `app_version` STRING,
  `title_id` STRING NOT NULL,
  `dwell_ms` BIGINT NOT NULL,
  `row` INT,
  `rank` INT,
  `artwork_id` STRING,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME(),
  `ingested` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL,
  happened AS TO_TIMESTAMP_LTZ(event_time, 3),
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:03.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.hover',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'audit_streams',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '0',
  'value.format' = 'avro'
);

CREATE TEMPORARY TABLE quarantined (
  `value` BYTES,
  `topic` STRING NOT NULL METADATA VIRTUAL,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME(),
  `ingested` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL,
  happened AS ingested,
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:03.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'quarantine.play;quarantine.pause;quarantine.search;quarantine.hover',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'audit_streams',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '0',
  'value.format' = 'raw'
);

-- All judged events, with the columns that are read of them.
CREATE TEMPORARY VIEW judged_events AS
SELECT 'play' AS event, `app_version`, CAST(NULL AS STRING) AS `artwork_id`, `autoplay`, `country`, `device_id`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, `event_id`, `event_time`, `member_id`, `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, `rank`, CAST(NULL AS INT) AS `results`, `row`, `runtime_ms`, `session_id`, `title_id`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived,
  ingested, happened, DECODE(headers['slice'], 'UTF-8') AS slice
FROM valid_play
UNION ALL
SELECT 'pause' AS event, `app_version`, CAST(NULL AS STRING) AS `artwork_id`, CAST(NULL AS BOOLEAN) AS `autoplay`, `country`, `device_id`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, `event_id`, `event_time`, `member_id`, `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, CAST(NULL AS INT) AS `rank`, CAST(NULL AS INT) AS `results`, CAST(NULL AS INT) AS `row`, `runtime_ms`, `session_id`, `title_id`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived,
  ingested, happened, DECODE(headers['slice'], 'UTF-8') AS slice
FROM valid_pause
UNION ALL
SELECT 'search' AS event, `app_version`, CAST(NULL AS STRING) AS `artwork_id`, CAST(NULL AS BOOLEAN) AS `autoplay`, `country`, `device_id`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, `event_id`, `event_time`, `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, `profile_id`, `query`, CAST(NULL AS INT) AS `rank`, `results`, CAST(NULL AS INT) AS `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, `session_id`, CAST(NULL AS STRING) AS `title_id`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived,
  ingested, happened, DECODE(headers['slice'], 'UTF-8') AS slice
FROM valid_search
UNION ALL
SELECT 'hover' AS event, `app_version`, `artwork_id`, CAST(NULL AS BOOLEAN) AS `autoplay`, `country`, `device_id`, `device_type`, `dwell_ms`, `event_id`, `event_time`, `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, `rank`, CAST(NULL AS INT) AS `results`, `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, `session_id`, `title_id`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived,
  ingested, happened, DECODE(headers['slice'], 'UTF-8') AS slice
FROM valid_hover
UNION ALL
SELECT SUBSTR(`topic`, 12) AS event, CAST(NULL AS STRING) AS `app_version`, CAST(NULL AS STRING) AS `artwork_id`, CAST(NULL AS BOOLEAN) AS `autoplay`, CAST(NULL AS STRING) AS `country`, CAST(NULL AS STRING) AS `device_id`, CAST(NULL AS STRING) AS `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `event_id`, CAST(NULL AS BIGINT) AS `event_time`, CAST(NULL AS STRING) AS `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, CAST(NULL AS STRING) AS `profile_id`, CAST(NULL AS STRING) AS `query`, CAST(NULL AS INT) AS `rank`, CAST(NULL AS INT) AS `results`, CAST(NULL AS INT) AS `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, CAST(NULL AS STRING) AS `session_id`, CAST(NULL AS STRING) AS `title_id`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'quarantine' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived,
  ingested, happened, DECODE(headers['slice'], 'UTF-8') AS slice
FROM quarantined;

-- A frame must end at the current row, so the greatest offset before it is the LAG of a running MAX.
CREATE TEMPORARY VIEW arrivals AS
SELECT *, COALESCE(source_offset <= LAG(top) OVER (PARTITION BY event, lane, source_partition, lane_partition ORDER BY arrived), FALSE) AS repeated
FROM (
  SELECT *, MAX(source_offset) OVER (
    PARTITION BY event, lane, source_partition, lane_partition ORDER BY arrived ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS top
  FROM judged_events
);

-- What features count: not a repeat, not a duplicate, not too late.
CREATE TEMPORARY VIEW counted AS
SELECT * FROM arrivals WHERE NOT repeated AND verdict IN ('valid', 'warned');

CREATE TEMPORARY TABLE counts (
  `minute_ms` BIGINT,
  `event` STRING,
  `slice` STRING,
  `value` STRING,
  `verdict` STRING,
  `reasons` STRING,
  `n` BIGINT,
  PRIMARY KEY (`minute_ms`, `event`, `slice`, `value`, `verdict`, `reasons`) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'quality.counts',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.linger.ms' = '5',
  'key.format' = 'json',
  'value.format' = 'json'
);

CREATE TEMPORARY TABLE profiles (
  `minute_ms` BIGINT,
  `event` STRING,
  `field` STRING,
  `slice` STRING,
  `value` STRING,
  `bucket` STRING,
  `n` BIGINT,
  PRIMARY KEY (`minute_ms`, `event`, `field`, `slice`, `value`, `bucket`) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'quality.profiles',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.linger.ms' = '5',
  'key.format' = 'json',
  'value.format' = 'json',
  'sink.buffer-flush.interval' = '10000 ms',
  'sink.buffer-flush.max-rows' = '50000'
);

-- By the minute in which the broker took them: it stays the same whenever this is counted again.
INSERT INTO counts
SELECT minute_ms, event, part.slice, part.`value`, verdict, reasons, COUNT(*) AS n
FROM (
  SELECT *, ARRAY[ROW('all', ''), ROW('device_type', device_type), ROW('country', country), ROW('app_version', app_version)] AS parts
  FROM (
    SELECT
      event, verdict, COALESCE(reasons, '') AS reasons,
      CAST(60000 AS BIGINT) * TIMESTAMPDIFF(MINUTE, TO_TIMESTAMP_LTZ(0, 3), ingested) AS minute_ms,
      COALESCE(CASE WHEN lane = 'valid' THEN device_type ELSE SPLIT_INDEX(slice, '|', 0) END, '') AS device_type,
      COALESCE(CASE WHEN lane = 'valid' THEN country ELSE SPLIT_INDEX(slice, '|', 1) END, '') AS country,
      COALESCE(CASE WHEN lane = 'valid' THEN app_version ELSE SPLIT_INDEX(slice, '|', 2) END, '') AS app_version
    FROM arrivals
    WHERE NOT repeated AND top >= 0 AND verdict IS NOT NULL
  )
) CROSS JOIN UNNEST(parts) AS part (slice, `value`)
GROUP BY minute_ms, event, part.slice, part.`value`, verdict, reasons;

-- One event in 8: a histogram needs no more, and each event is told in every field and every slice.
INSERT INTO profiles
SELECT minute_ms, event, cell.field, part.slice, part.`value`, cell.bucket, COUNT(*) AS n
FROM (
  SELECT
    event,
    CAST(60000 AS BIGINT) * TIMESTAMPDIFF(MINUTE, TO_TIMESTAMP_LTZ(0, 3), ingested) AS minute_ms,
    ARRAY[ROW('all', ''), ROW('device_type', COALESCE(device_type, '')), ROW('country', COALESCE(country, '')), ROW('app_version', COALESCE(app_version, ''))] AS parts,
    CASE event
      WHEN 'play' THEN ARRAY[
        ROW('device_type', COALESCE(`device_type`, 'null')),
        ROW('country', COALESCE(`country`, 'null')),
        ROW('app_version', COALESCE(`app_version`, 'null')),
        ROW('title_id', COALESCE(SUBSTR(MD5(`title_id`), 1, 1), 'null')),
        ROW('position_ms', CASE WHEN `position_ms` IS NULL THEN 'null' WHEN `position_ms` < 0 THEN '<0' WHEN `position_ms` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`position_ms`)) AS INT) AS STRING) END),
        ROW('runtime_ms', CASE WHEN `runtime_ms` IS NULL THEN 'null' WHEN `runtime_ms` < 0 THEN '<0' WHEN `runtime_ms` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`runtime_ms`)) AS INT) AS STRING) END),
        ROW('row', CASE WHEN `row` IS NULL THEN 'null' WHEN `row` < 0 THEN '<0' WHEN `row` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`row`)) AS INT) AS STRING) END),
        ROW('rank', CASE WHEN `rank` IS NULL THEN 'null' WHEN `rank` < 0 THEN '<0' WHEN `rank` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`rank`)) AS INT) AS STRING) END),
        ROW('autoplay', COALESCE(CAST(`autoplay` AS STRING), 'null'))
      ]
      WHEN 'pause' THEN ARRAY[
        ROW('device_type', COALESCE(`device_type`, 'null')),
        ROW('country', COALESCE(`country`, 'null')),
        ROW('app_version', COALESCE(`app_version`, 'null')),
        ROW('title_id', COALESCE(SUBSTR(MD5(`title_id`), 1, 1), 'null')),
        ROW('position_ms', CASE WHEN `position_ms` IS NULL THEN 'null' WHEN `position_ms` < 0 THEN '<0' WHEN `position_ms` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`position_ms`)) AS INT) AS STRING) END),
        ROW('runtime_ms', CASE WHEN `runtime_ms` IS NULL THEN 'null' WHEN `runtime_ms` < 0 THEN '<0' WHEN `runtime_ms` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`runtime_ms`)) AS INT) AS STRING) END)
      ]
      WHEN 'search' THEN ARRAY[
        ROW('device_type', COALESCE(`device_type`, 'null')),
        ROW('country', COALESCE(`country`, 'null')),
        ROW('app_version', COALESCE(`app_version`, 'null')),
        ROW('results', CASE WHEN `results` IS NULL THEN 'null' WHEN `results` < 0 THEN '<0' WHEN `results` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`results`)) AS INT) AS STRING) END)
      ]
      WHEN 'hover' THEN ARRAY[
        ROW('device_type', COALESCE(`device_type`, 'null')),
        ROW('country', COALESCE(`country`, 'null')),
        ROW('app_version', COALESCE(`app_version`, 'null')),
        ROW('title_id', COALESCE(SUBSTR(MD5(`title_id`), 1, 1), 'null')),
        ROW('dwell_ms', CASE WHEN `dwell_ms` IS NULL THEN 'null' WHEN `dwell_ms` < 0 THEN '<0' WHEN `dwell_ms` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`dwell_ms`)) AS INT) AS STRING) END),
        ROW('row', CASE WHEN `row` IS NULL THEN 'null' WHEN `row` < 0 THEN '<0' WHEN `row` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`row`)) AS INT) AS STRING) END),
        ROW('rank', CASE WHEN `rank` IS NULL THEN 'null' WHEN `rank` < 0 THEN '<0' WHEN `rank` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`rank`)) AS INT) AS STRING) END),
        ROW('artwork_id', COALESCE(SUBSTR(MD5(`artwork_id`), 1, 1), 'null'))
      ]
    END AS cells
  FROM arrivals
  WHERE NOT repeated AND top >= 0 AND verdict IN ('valid', 'warned') AND MOD(source_offset, 8) = 0
)
CROSS JOIN UNNEST(parts) AS part (slice, `value`)
CROSS JOIN UNNEST(cells) AS cell (field, bucket)
GROUP BY minute_ms, event, cell.field, part.slice, part.`value`, cell.bucket;
