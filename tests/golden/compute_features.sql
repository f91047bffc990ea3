-- compute_features: tiles of title_engagement, title_country_trending, member_activity

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
  `utc_offset_min` INT,
  `title_id` STRING NOT NULL,
  `position_ms` BIGINT NOT NULL,
  `runtime_ms` BIGINT NOT NULL,
  `row` INT,
  `rank` INT,
  `autoplay` BOOLEAN NOT NULL,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME()
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.play',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'compute_features-g0',
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
  `utc_offset_min` INT,
  `title_id` STRING NOT NULL,
  `position_ms` BIGINT NOT NULL,
  `runtime_ms` BIGINT NOT NULL,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME()
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.pause',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'compute_features-g0',
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
  `utc_offset_min` INT,
  `query` STRING NOT NULL,
  `results` INT NOT NULL,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME()
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.search',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'compute_features-g0',
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
  `utc_offset_min` INT,
  `title_id` STRING NOT NULL,
  `dwell_ms` BIGINT NOT NULL,
  `row` INT,
  `rank` INT,
  `artwork_id` STRING,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME()
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.hover',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'compute_features-g0',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '0',
  'value.format' = 'avro'
);

CREATE TEMPORARY TABLE valid_stream_start (
  `event_id` STRING NOT NULL,
  `event_time` BIGINT NOT NULL,
  `member_id` STRING NOT NULL,
  `profile_id` STRING NOT NULL,
  `session_id` STRING NOT NULL,
  `device_id` STRING NOT NULL,
  `device_type` STRING,
  `country` STRING,
  `app_version` STRING,
  `utc_offset_min` INT,
  `title_id` STRING NOT NULL,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME()
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.stream_start',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'compute_features-g0',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '0',
  'value.format' = 'avro'
);

CREATE TEMPORARY TABLE valid_rating (
  `event_id` STRING NOT NULL,
  `event_time` BIGINT NOT NULL,
  `member_id` STRING NOT NULL,
  `profile_id` STRING NOT NULL,
  `session_id` STRING NOT NULL,
  `device_id` STRING NOT NULL,
  `device_type` STRING,
  `country` STRING,
  `app_version` STRING,
  `utc_offset_min` INT,
  `title_id` STRING NOT NULL,
  `stars` INT NOT NULL,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME()
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.rating',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'compute_features-g0',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '0',
  'value.format' = 'avro'
);

CREATE TEMPORARY TABLE valid_seek (
  `event_id` STRING NOT NULL,
  `event_time` BIGINT NOT NULL,
  `member_id` STRING NOT NULL,
  `profile_id` STRING NOT NULL,
  `session_id` STRING NOT NULL,
  `device_id` STRING NOT NULL,
  `device_type` STRING,
  `country` STRING,
  `app_version` STRING,
  `utc_offset_min` INT,
  `title_id` STRING NOT NULL,
  `from_ms` BIGINT NOT NULL,
  `to_ms` BIGINT NOT NULL,
  `runtime_ms` BIGINT NOT NULL,
  `kind` STRING,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME()
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.seek',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'compute_features-g0',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '0',
  'value.format' = 'avro'
);

CREATE TEMPORARY TABLE valid_impression (
  `event_id` STRING NOT NULL,
  `event_time` BIGINT NOT NULL,
  `member_id` STRING NOT NULL,
  `profile_id` STRING NOT NULL,
  `session_id` STRING NOT NULL,
  `device_id` STRING NOT NULL,
  `device_type` STRING,
  `country` STRING,
  `app_version` STRING,
  `utc_offset_min` INT,
  `title_id` STRING NOT NULL,
  `page` STRING,
  `row` INT,
  `rank` INT,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME()
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.impression',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'compute_features-g0',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '0',
  'value.format' = 'avro'
);

CREATE TEMPORARY TABLE valid_playback_health (
  `event_id` STRING NOT NULL,
  `event_time` BIGINT NOT NULL,
  `member_id` STRING NOT NULL,
  `profile_id` STRING NOT NULL,
  `session_id` STRING NOT NULL,
  `device_id` STRING NOT NULL,
  `device_type` STRING,
  `country` STRING,
  `app_version` STRING,
  `utc_offset_min` INT,
  `title_id` STRING NOT NULL,
  `throughput_kbps` INT NOT NULL,
  `bitrate_kbps` INT NOT NULL,
  `rebuffers` INT NOT NULL,
  `rebuffer_ms` BIGINT NOT NULL,
  `dropped_frames` INT,
  `error_code` STRING,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME()
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.playback_health',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'compute_features-g0',
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
  arrived AS PROCTIME()
) WITH (
  'connector' = 'kafka',
  'topic' = 'quarantine.play;quarantine.pause;quarantine.search;quarantine.hover;quarantine.stream_start;quarantine.rating;quarantine.seek;quarantine.impression;quarantine.playback_health',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'compute_features-g0',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '0',
  'value.format' = 'raw'
);

-- All judged events, with the columns that are read of them.
CREATE TEMPORARY VIEW judged_events AS
SELECT 'play' AS event, `country`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, `event_time`, `member_id`, `position_ms`, `runtime_ms`, `title_id`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM valid_play
UNION ALL
SELECT 'pause' AS event, `country`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, `event_time`, `member_id`, `position_ms`, `runtime_ms`, `title_id`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM valid_pause
UNION ALL
SELECT 'search' AS event, `country`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, `event_time`, `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, CAST(NULL AS BIGINT) AS `runtime_ms`, CAST(NULL AS STRING) AS `title_id`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM valid_search
UNION ALL
SELECT 'hover' AS event, `country`, `device_type`, `dwell_ms`, `event_time`, `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, CAST(NULL AS BIGINT) AS `runtime_ms`, `title_id`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM valid_hover
UNION ALL
SELECT 'stream_start' AS event, `country`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, `event_time`, `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, CAST(NULL AS BIGINT) AS `runtime_ms`, `title_id`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM valid_stream_start
UNION ALL
SELECT 'rating' AS event, `country`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, `event_time`, `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, CAST(NULL AS BIGINT) AS `runtime_ms`, `title_id`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM valid_rating
UNION ALL
SELECT 'seek' AS event, `country`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, `event_time`, `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, `runtime_ms`, `title_id`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM valid_seek
UNION ALL
SELECT 'impression' AS event, `country`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, `event_time`, `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, CAST(NULL AS BIGINT) AS `runtime_ms`, `title_id`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM valid_impression
UNION ALL
SELECT 'playback_health' AS event, `country`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, `event_time`, `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, CAST(NULL AS BIGINT) AS `runtime_ms`, `title_id`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM valid_playback_health
UNION ALL
SELECT SUBSTR(`topic`, 12) AS event, CAST(NULL AS STRING) AS `country`, CAST(NULL AS STRING) AS `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS BIGINT) AS `event_time`, CAST(NULL AS STRING) AS `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, CAST(NULL AS BIGINT) AS `runtime_ms`, CAST(NULL AS STRING) AS `title_id`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'quarantine' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
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

CREATE TEMPORARY TABLE ledger (
  `event` STRING, `verdict` STRING, `reasons` STRING, `source_partition` INT, `written` BOOLEAN,
  PRIMARY KEY (`event`, `verdict`, `reasons`, `source_partition`) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE title_engagement_v1_10s (
  `title_id` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (title_id, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE title_engagement_v1_60s (
  `title_id` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (title_id, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE title_country_trending_v1_60s (
  `title_id` STRING, `country` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (title_id, country, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE member_activity_v1_60s (
  `member_id` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (member_id, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE member_activity_v1_1800s (
  `member_id` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (member_id, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

INSERT INTO title_engagement_v1_10s
SELECT title_id, tile, write_title_engagement_v1_10s(title_id, tile, n, newest_ms, plays, hovers, watched_share_mean_sum, watched_share_mean_n)
FROM (
  -- title_engagement v1, tiles of 10s: How a title does now: a ranker's freshest sign of what is worth showing.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    title_id,
    event_time / 10000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'play') AS plays,
    COUNT(*) FILTER (WHERE event = 'hover') AS hovers,
    COALESCE(SUM(CAST(ROUND(position_ms * 1E0 / runtime_ms * 1E+10) AS BIGINT)) FILTER (WHERE event = 'pause'), 0) AS watched_share_mean_sum,
    COUNT(position_ms * 1E0 / runtime_ms) FILTER (WHERE event = 'pause') AS watched_share_mean_n
  FROM counted
  WHERE event IN ('play', 'hover', 'pause')
  GROUP BY title_id, event_time / 10000
);

INSERT INTO title_engagement_v1_60s
SELECT title_id, tile, write_title_engagement_v1_60s(title_id, tile, n, newest_ms, plays, hovers, watched_share_mean_sum, watched_share_mean_n)
FROM (
  -- title_engagement v1, tiles of 60s: How a title does now: a ranker's freshest sign of what is worth showing.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    title_id,
    event_time / 60000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'play') AS plays,
    COUNT(*) FILTER (WHERE event = 'hover') AS hovers,
    COALESCE(SUM(CAST(ROUND(position_ms * 1E0 / runtime_ms * 1E+10) AS BIGINT)) FILTER (WHERE event = 'pause'), 0) AS watched_share_mean_sum,
    COUNT(position_ms * 1E0 / runtime_ms) FILTER (WHERE event = 'pause') AS watched_share_mean_n
  FROM counted
  WHERE event IN ('play', 'hover', 'pause')
  GROUP BY title_id, event_time / 60000
);

INSERT INTO title_country_trending_v1_60s
SELECT title_id, country, tile, write_title_country_trending_v1_60s(title_id, country, tile, n, newest_ms, plays)
FROM (
  -- title_country_trending v1, tiles of 60s: What is rising in a country: the candidates of a trending row.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    title_id, country,
    event_time / 60000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'play') AS plays
  FROM counted
  WHERE event IN ('play')
  GROUP BY title_id, country, event_time / 60000
);

INSERT INTO member_activity_v1_60s
SELECT member_id, tile, write_member_activity_v1_60s(member_id, tile, n, newest_ms, plays, pauses, searches, dwell_ms_mean_sum, dwell_ms_mean_n, device_type_last)
FROM (
  -- member_activity v1, tiles of 60s: What a member is doing now: whether to suggest, to resume or to step back.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    member_id,
    event_time / 60000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'play') AS plays,
    COUNT(*) FILTER (WHERE event = 'pause') AS pauses,
    COUNT(*) FILTER (WHERE event = 'search') AS searches,
    COALESCE(SUM(CAST(ROUND(dwell_ms * 1E+0) AS BIGINT)) FILTER (WHERE event = 'hover'), 0) AS dwell_ms_mean_sum,
    COUNT(dwell_ms) FILTER (WHERE event = 'hover') AS dwell_ms_mean_n,
    MAX(LPAD(CAST(event_time AS STRING), 15, '0') || device_type) AS device_type_last
  FROM counted
  WHERE event IN ('play', 'pause', 'search', 'hover')
  GROUP BY member_id, event_time / 60000
);

INSERT INTO member_activity_v1_1800s
SELECT member_id, tile, write_member_activity_v1_1800s(member_id, tile, n, newest_ms, plays, pauses, searches, dwell_ms_mean_sum, dwell_ms_mean_n, device_type_last)
FROM (
  -- member_activity v1, tiles of 1800s: What a member is doing now: whether to suggest, to resume or to step back.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    member_id,
    event_time / 1800000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'play') AS plays,
    COUNT(*) FILTER (WHERE event = 'pause') AS pauses,
    COUNT(*) FILTER (WHERE event = 'search') AS searches,
    COALESCE(SUM(CAST(ROUND(dwell_ms * 1E+0) AS BIGINT)) FILTER (WHERE event = 'hover'), 0) AS dwell_ms_mean_sum,
    COUNT(dwell_ms) FILTER (WHERE event = 'hover') AS dwell_ms_mean_n,
    MAX(LPAD(CAST(event_time AS STRING), 15, '0') || device_type) AS device_type_last
  FROM counted
  WHERE event IN ('play', 'pause', 'search', 'hover')
  GROUP BY member_id, event_time / 1800000
);

-- Every judged event by what became of it. Repeats are shown, and stand for no event of their own.
INSERT INTO ledger
SELECT event, verdict, reasons, source_partition,
  write_ledger(event, verdict, reasons, source_partition, n, first_offset)
FROM (
  SELECT
    event, verdict, reasons, source_partition, COUNT(*) AS n, MIN(source_offset) AS first_offset
  FROM (
    SELECT
      event,
      CASE WHEN repeated THEN 'repeat' ELSE verdict END AS verdict,
      COALESCE(reasons, '') AS reasons,
      source_partition,
      source_offset
    FROM arrivals
    WHERE top >= 0 AND verdict IS NOT NULL AND source_partition IS NOT NULL
  )
  GROUP BY event, verdict, reasons, source_partition
);
