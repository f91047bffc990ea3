-- audit_streams: counts and histograms by slice and minute, and what broke rules over many events

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
  arrived AS PROCTIME(),
  `ingested` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL,
  happened AS TO_TIMESTAMP_LTZ(event_time, 3),
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:05.000' DAY TO SECOND(3)
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
  `utc_offset_min` INT,
  `title_id` STRING NOT NULL,
  `position_ms` BIGINT NOT NULL,
  `runtime_ms` BIGINT NOT NULL,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME(),
  `ingested` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL,
  happened AS TO_TIMESTAMP_LTZ(event_time, 3),
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:05.000' DAY TO SECOND(3)
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
  `utc_offset_min` INT,
  `query` STRING NOT NULL,
  `results` INT NOT NULL,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME(),
  `ingested` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL,
  happened AS TO_TIMESTAMP_LTZ(event_time, 3),
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:05.000' DAY TO SECOND(3)
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
  `utc_offset_min` INT,
  `title_id` STRING NOT NULL,
  `dwell_ms` BIGINT NOT NULL,
  `row` INT,
  `rank` INT,
  `artwork_id` STRING,
  `artwork` STRING,
  `artwork_propensity` DOUBLE,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME(),
  `ingested` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL,
  happened AS TO_TIMESTAMP_LTZ(event_time, 3),
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:05.000' DAY TO SECOND(3)
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
  arrived AS PROCTIME(),
  `ingested` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL,
  happened AS TO_TIMESTAMP_LTZ(event_time, 3),
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:05.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.stream_start',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'audit_streams',
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
  arrived AS PROCTIME(),
  `ingested` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL,
  happened AS TO_TIMESTAMP_LTZ(event_time, 3),
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:05.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.rating',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'audit_streams',
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
  arrived AS PROCTIME(),
  `ingested` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL,
  happened AS TO_TIMESTAMP_LTZ(event_time, 3),
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:05.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.seek',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'audit_streams',
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
  arrived AS PROCTIME(),
  `ingested` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL,
  happened AS TO_TIMESTAMP_LTZ(event_time, 3),
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:05.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.impression',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'audit_streams',
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
  arrived AS PROCTIME(),
  `ingested` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL,
  happened AS TO_TIMESTAMP_LTZ(event_time, 3),
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:05.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.playback_health',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'audit_streams',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '0',
  'value.format' = 'avro'
);

CREATE TEMPORARY TABLE valid_session_end (
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
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME(),
  `ingested` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL,
  happened AS TO_TIMESTAMP_LTZ(event_time, 3),
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:05.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.session_end',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'audit_streams',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '0',
  'value.format' = 'avro'
);

CREATE TEMPORARY TABLE valid_member_score (
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
  `anomaly` DOUBLE,
  `taste_number` INT,
  `taste` STRING,
  `churn_risk` DOUBLE,
  `headers` MAP<STRING, BYTES> METADATA VIRTUAL,
  `partition` INT NOT NULL METADATA VIRTUAL,
  arrived AS PROCTIME(),
  `ingested` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp' VIRTUAL,
  happened AS TO_TIMESTAMP_LTZ(event_time, 3),
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:05.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.member_score',
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
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:05.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'quarantine.play;quarantine.pause;quarantine.search;quarantine.hover;quarantine.stream_start;quarantine.rating;quarantine.seek;quarantine.impression;quarantine.playback_health;quarantine.session_end;quarantine.member_score',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'audit_streams',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '0',
  'value.format' = 'raw'
);

-- All judged events, with the columns that are read of them.
CREATE TEMPORARY VIEW judged_events AS
SELECT 'play' AS event, CAST(NULL AS DOUBLE) AS `anomaly`, `app_version`, CAST(NULL AS STRING) AS `artwork`, CAST(NULL AS STRING) AS `artwork_id`, CAST(NULL AS DOUBLE) AS `artwork_propensity`, `autoplay`, CAST(NULL AS INT) AS `bitrate_kbps`, CAST(NULL AS DOUBLE) AS `churn_risk`, `country`, `device_id`, `device_type`, CAST(NULL AS INT) AS `dropped_frames`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, `event_id`, `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, CAST(NULL AS STRING) AS `kind`, `member_id`, CAST(NULL AS STRING) AS `page`, `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, `rank`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, CAST(NULL AS INT) AS `results`, `row`, `runtime_ms`, `session_id`, CAST(NULL AS INT) AS `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived,
  ingested, happened, DECODE(headers['slice'], 'UTF-8') AS slice
FROM valid_play
UNION ALL
SELECT 'pause' AS event, CAST(NULL AS DOUBLE) AS `anomaly`, `app_version`, CAST(NULL AS STRING) AS `artwork`, CAST(NULL AS STRING) AS `artwork_id`, CAST(NULL AS DOUBLE) AS `artwork_propensity`, CAST(NULL AS BOOLEAN) AS `autoplay`, CAST(NULL AS INT) AS `bitrate_kbps`, CAST(NULL AS DOUBLE) AS `churn_risk`, `country`, `device_id`, `device_type`, CAST(NULL AS INT) AS `dropped_frames`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, `event_id`, `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, CAST(NULL AS STRING) AS `kind`, `member_id`, CAST(NULL AS STRING) AS `page`, `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, CAST(NULL AS INT) AS `rank`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, CAST(NULL AS INT) AS `results`, CAST(NULL AS INT) AS `row`, `runtime_ms`, `session_id`, CAST(NULL AS INT) AS `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived,
  ingested, happened, DECODE(headers['slice'], 'UTF-8') AS slice
FROM valid_pause
UNION ALL
SELECT 'search' AS event, CAST(NULL AS DOUBLE) AS `anomaly`, `app_version`, CAST(NULL AS STRING) AS `artwork`, CAST(NULL AS STRING) AS `artwork_id`, CAST(NULL AS DOUBLE) AS `artwork_propensity`, CAST(NULL AS BOOLEAN) AS `autoplay`, CAST(NULL AS INT) AS `bitrate_kbps`, CAST(NULL AS DOUBLE) AS `churn_risk`, `country`, `device_id`, `device_type`, CAST(NULL AS INT) AS `dropped_frames`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, `event_id`, `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, CAST(NULL AS STRING) AS `kind`, `member_id`, CAST(NULL AS STRING) AS `page`, CAST(NULL AS BIGINT) AS `position_ms`, `profile_id`, `query`, CAST(NULL AS INT) AS `rank`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, `results`, CAST(NULL AS INT) AS `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, `session_id`, CAST(NULL AS INT) AS `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, CAST(NULL AS STRING) AS `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived,
  ingested, happened, DECODE(headers['slice'], 'UTF-8') AS slice
FROM valid_search
UNION ALL
SELECT 'hover' AS event, CAST(NULL AS DOUBLE) AS `anomaly`, `app_version`, `artwork`, `artwork_id`, `artwork_propensity`, CAST(NULL AS BOOLEAN) AS `autoplay`, CAST(NULL AS INT) AS `bitrate_kbps`, CAST(NULL AS DOUBLE) AS `churn_risk`, `country`, `device_id`, `device_type`, CAST(NULL AS INT) AS `dropped_frames`, `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, `event_id`, `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, CAST(NULL AS STRING) AS `kind`, `member_id`, CAST(NULL AS STRING) AS `page`, CAST(NULL AS BIGINT) AS `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, `rank`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, CAST(NULL AS INT) AS `results`, `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, `session_id`, CAST(NULL AS INT) AS `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived,
  ingested, happened, DECODE(headers['slice'], 'UTF-8') AS slice
FROM valid_hover
UNION ALL
SELECT 'stream_start' AS event, CAST(NULL AS DOUBLE) AS `anomaly`, `app_version`, CAST(NULL AS STRING) AS `artwork`, CAST(NULL AS STRING) AS `artwork_id`, CAST(NULL AS DOUBLE) AS `artwork_propensity`, CAST(NULL AS BOOLEAN) AS `autoplay`, CAST(NULL AS INT) AS `bitrate_kbps`, CAST(NULL AS DOUBLE) AS `churn_risk`, `country`, `device_id`, `device_type`, CAST(NULL AS INT) AS `dropped_frames`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, `event_id`, `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, CAST(NULL AS STRING) AS `kind`, `member_id`, CAST(NULL AS STRING) AS `page`, CAST(NULL AS BIGINT) AS `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, CAST(NULL AS INT) AS `rank`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, CAST(NULL AS INT) AS `results`, CAST(NULL AS INT) AS `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, `session_id`, CAST(NULL AS INT) AS `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived,
  ingested, happened, DECODE(headers['slice'], 'UTF-8') AS slice
FROM valid_stream_start
UNION ALL
SELECT 'rating' AS event, CAST(NULL AS DOUBLE) AS `anomaly`, `app_version`, CAST(NULL AS STRING) AS `artwork`, CAST(NULL AS STRING) AS `artwork_id`, CAST(NULL AS DOUBLE) AS `artwork_propensity`, CAST(NULL AS BOOLEAN) AS `autoplay`, CAST(NULL AS INT) AS `bitrate_kbps`, CAST(NULL AS DOUBLE) AS `churn_risk`, `country`, `device_id`, `device_type`, CAST(NULL AS INT) AS `dropped_frames`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, `event_id`, `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, CAST(NULL AS STRING) AS `kind`, `member_id`, CAST(NULL AS STRING) AS `page`, CAST(NULL AS BIGINT) AS `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, CAST(NULL AS INT) AS `rank`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, CAST(NULL AS INT) AS `results`, CAST(NULL AS INT) AS `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, `session_id`, `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived,
  ingested, happened, DECODE(headers['slice'], 'UTF-8') AS slice
FROM valid_rating
UNION ALL
SELECT 'seek' AS event, CAST(NULL AS DOUBLE) AS `anomaly`, `app_version`, CAST(NULL AS STRING) AS `artwork`, CAST(NULL AS STRING) AS `artwork_id`, CAST(NULL AS DOUBLE) AS `artwork_propensity`, CAST(NULL AS BOOLEAN) AS `autoplay`, CAST(NULL AS INT) AS `bitrate_kbps`, CAST(NULL AS DOUBLE) AS `churn_risk`, `country`, `device_id`, `device_type`, CAST(NULL AS INT) AS `dropped_frames`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, `event_id`, `event_time`, `from_ms`, `kind`, `member_id`, CAST(NULL AS STRING) AS `page`, CAST(NULL AS BIGINT) AS `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, CAST(NULL AS INT) AS `rank`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, CAST(NULL AS INT) AS `results`, CAST(NULL AS INT) AS `row`, `runtime_ms`, `session_id`, CAST(NULL AS INT) AS `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, `title_id`, `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived,
  ingested, happened, DECODE(headers['slice'], 'UTF-8') AS slice
FROM valid_seek
UNION ALL
SELECT 'impression' AS event, CAST(NULL AS DOUBLE) AS `anomaly`, `app_version`, CAST(NULL AS STRING) AS `artwork`, CAST(NULL AS STRING) AS `artwork_id`, CAST(NULL AS DOUBLE) AS `artwork_propensity`, CAST(NULL AS BOOLEAN) AS `autoplay`, CAST(NULL AS INT) AS `bitrate_kbps`, CAST(NULL AS DOUBLE) AS `churn_risk`, `country`, `device_id`, `device_type`, CAST(NULL AS INT) AS `dropped_frames`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, `event_id`, `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, CAST(NULL AS STRING) AS `kind`, `member_id`, `page`, CAST(NULL AS BIGINT) AS `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, `rank`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, CAST(NULL AS INT) AS `results`, `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, `session_id`, CAST(NULL AS INT) AS `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived,
  ingested, happened, DECODE(headers['slice'], 'UTF-8') AS slice
FROM valid_impression
UNION ALL
SELECT 'playback_health' AS event, CAST(NULL AS DOUBLE) AS `anomaly`, `app_version`, CAST(NULL AS STRING) AS `artwork`, CAST(NULL AS STRING) AS `artwork_id`, CAST(NULL AS DOUBLE) AS `artwork_propensity`, CAST(NULL AS BOOLEAN) AS `autoplay`, `bitrate_kbps`, CAST(NULL AS DOUBLE) AS `churn_risk`, `country`, `device_id`, `device_type`, `dropped_frames`, CAST(NULL AS BIGINT) AS `dwell_ms`, `error_code`, `event_id`, `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, CAST(NULL AS STRING) AS `kind`, `member_id`, CAST(NULL AS STRING) AS `page`, CAST(NULL AS BIGINT) AS `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, CAST(NULL AS INT) AS `rank`, `rebuffer_ms`, `rebuffers`, CAST(NULL AS INT) AS `results`, CAST(NULL AS INT) AS `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, `session_id`, CAST(NULL AS INT) AS `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, `throughput_kbps`, `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived,
  ingested, happened, DECODE(headers['slice'], 'UTF-8') AS slice
FROM valid_playback_health
UNION ALL
SELECT 'session_end' AS event, CAST(NULL AS DOUBLE) AS `anomaly`, `app_version`, CAST(NULL AS STRING) AS `artwork`, CAST(NULL AS STRING) AS `artwork_id`, CAST(NULL AS DOUBLE) AS `artwork_propensity`, CAST(NULL AS BOOLEAN) AS `autoplay`, CAST(NULL AS INT) AS `bitrate_kbps`, CAST(NULL AS DOUBLE) AS `churn_risk`, `country`, `device_id`, `device_type`, CAST(NULL AS INT) AS `dropped_frames`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, `event_id`, `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, CAST(NULL AS STRING) AS `kind`, `member_id`, CAST(NULL AS STRING) AS `page`, CAST(NULL AS BIGINT) AS `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, CAST(NULL AS INT) AS `rank`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, CAST(NULL AS INT) AS `results`, CAST(NULL AS INT) AS `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, `session_id`, CAST(NULL AS INT) AS `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, CAST(NULL AS STRING) AS `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived,
  ingested, happened, DECODE(headers['slice'], 'UTF-8') AS slice
FROM valid_session_end
UNION ALL
SELECT 'member_score' AS event, `anomaly`, `app_version`, CAST(NULL AS STRING) AS `artwork`, CAST(NULL AS STRING) AS `artwork_id`, CAST(NULL AS DOUBLE) AS `artwork_propensity`, CAST(NULL AS BOOLEAN) AS `autoplay`, CAST(NULL AS INT) AS `bitrate_kbps`, `churn_risk`, `country`, `device_id`, `device_type`, CAST(NULL AS INT) AS `dropped_frames`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, `event_id`, `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, CAST(NULL AS STRING) AS `kind`, `member_id`, CAST(NULL AS STRING) AS `page`, CAST(NULL AS BIGINT) AS `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, CAST(NULL AS INT) AS `rank`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, CAST(NULL AS INT) AS `results`, CAST(NULL AS INT) AS `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, `session_id`, CAST(NULL AS INT) AS `stars`, `taste`, `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, CAST(NULL AS STRING) AS `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived,
  ingested, happened, DECODE(headers['slice'], 'UTF-8') AS slice
FROM valid_member_score
UNION ALL
SELECT SUBSTR(`topic`, 12) AS event, CAST(NULL AS DOUBLE) AS `anomaly`, CAST(NULL AS STRING) AS `app_version`, CAST(NULL AS STRING) AS `artwork`, CAST(NULL AS STRING) AS `artwork_id`, CAST(NULL AS DOUBLE) AS `artwork_propensity`, CAST(NULL AS BOOLEAN) AS `autoplay`, CAST(NULL AS INT) AS `bitrate_kbps`, CAST(NULL AS DOUBLE) AS `churn_risk`, CAST(NULL AS STRING) AS `country`, CAST(NULL AS STRING) AS `device_id`, CAST(NULL AS STRING) AS `device_type`, CAST(NULL AS INT) AS `dropped_frames`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, CAST(NULL AS STRING) AS `event_id`, CAST(NULL AS BIGINT) AS `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, CAST(NULL AS STRING) AS `kind`, CAST(NULL AS STRING) AS `member_id`, CAST(NULL AS STRING) AS `page`, CAST(NULL AS BIGINT) AS `position_ms`, CAST(NULL AS STRING) AS `profile_id`, CAST(NULL AS STRING) AS `query`, CAST(NULL AS INT) AS `rank`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, CAST(NULL AS INT) AS `results`, CAST(NULL AS INT) AS `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, CAST(NULL AS STRING) AS `session_id`, CAST(NULL AS INT) AS `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, CAST(NULL AS STRING) AS `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, CAST(NULL AS INT) AS `utc_offset_min`,
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

-- Every event at which a rule over many events is broken.
CREATE TEMPORARY VIEW breaches AS
-- event_id_unique: The gate knows the ids of one partition; an event sent again under another key is counted twice.
SELECT 'event_id_unique' AS rule, event, `event_id` AS `key`, event_time AS at_ms, event_id,
  CAST(measured AS DOUBLE) AS `value`, CAST(1 AS DOUBLE) AS bound,
  CAST(10000 AS BIGINT) AS window_ms,
  CAST(measured AS STRING) || ' times' AS detail, happened
FROM (
  SELECT event_id, MAX(event) AS event, MAX(event_time) AS event_time, COUNT(*) AS measured,
    window_time AS happened
  FROM TABLE(TUMBLE(TABLE counted, DESCRIPTOR(happened), INTERVAL '0 00:00:10.000' DAY TO SECOND(3)))
  GROUP BY window_start, window_end, window_time, `event_id`
)
WHERE measured > 1
UNION ALL
-- device_rate: Nobody acts thirty times a second, so a client in a loop would drown the interest of people.
SELECT 'device_rate' AS rule, event, `device_id` AS `key`, event_time AS at_ms, event_id,
  CAST(measured AS DOUBLE) AS `value`, CAST(30 AS DOUBLE) AS bound,
  CAST(1000 AS BIGINT) AS window_ms,
  CAST(measured AS STRING) || ' events' AS detail, happened
FROM (
  SELECT event, event_id, event_time, happened, `device_id`,
    COUNT(*) OVER (
      PARTITION BY `device_id` ORDER BY happened
      RANGE BETWEEN INTERVAL '0 00:00:01.000' DAY TO SECOND(3) PRECEDING AND CURRENT ROW
    ) AS measured
  FROM counted
)
WHERE measured > 30
UNION ALL
-- devices_at_once: The largest plan allows four devices at once; a shared account mixes the tastes of strangers.
SELECT 'devices_at_once' AS rule, event, `member_id` AS `key`, event_time AS at_ms, event_id,
  CAST(measured AS DOUBLE) AS `value`, CAST(4 AS DOUBLE) AS bound,
  CAST(300000 AS BIGINT) AS window_ms,
  CAST(measured AS STRING) || ' different device_id' AS detail, happened
FROM (
  SELECT event, event_id, event_time, happened, `device_id`, `member_id`,
    COUNT(DISTINCT `device_id`) OVER (
      PARTITION BY `member_id` ORDER BY happened
      RANGE BETWEEN INTERVAL '0 00:05:00.000' DAY TO SECOND(3) PRECEDING AND CURRENT ROW
    ) AS measured
  FROM counted WHERE event IN ('play')
)
WHERE measured > 4
UNION ALL
-- travels_as_people_do: An account in two countries at once was taken or shared, and counts for a country it is not in.
SELECT 'travels_as_people_do' AS rule, event, `member_id` AS `key`, event_time AS at_ms, event_id,
  CAST(measured AS DOUBLE) AS `value`, CAST(1000 AS DOUBLE) AS bound,
  CAST(7200000 AS BIGINT) AS window_ms,
  before || ' to ' || `country` || ': ' || CAST(CAST(km AS BIGINT) AS STRING) || ' km' AS detail, happened
FROM (
  SELECT *, km * 3600000 / GREATEST(event_time - before_ms, 1000) AS measured
  FROM (
    -- By the haversine; a place is degrees north, degrees east, and a radius in km.
    SELECT *,
      12742 * ASIN(SQRT(
        POWER(SIN(RADIANS(here[1] - there[1]) / 2), 2)
        + COS(RADIANS(here[1])) * COS(RADIANS(there[1])) * POWER(SIN(RADIANS(here[2] - there[2]) / 2), 2)
      )) - here[3] - there[3] - 200 AS km
    FROM (
      SELECT *, places[`country`] AS here, places[before] AS there
      FROM (
        SELECT *, MAP[
          'AE', ARRAY[24E0, 54E0, 163E0], 'AF', ARRAY[33E0, 66E0, 456E0], 'AO', ARRAY[-12.5E0, 18.5E0, 630E0],
          'AR', ARRAY[-34E0, -64E0, 941E0], 'AU', ARRAY[-25E0, 134E0, 1565E0], 'BD', ARRAY[24E0, 90E0, 217E0],
          'BR', ARRAY[-10E0, -55E0, 1646E0], 'CA', ARRAY[56E0, -106E0, 1783E0], 'CD', ARRAY[-3E0, 23E0, 864E0],
          'CL', ARRAY[-30E0, -71E0, 491E0], 'CN', ARRAY[35E0, 104E0, 1748E0], 'CO', ARRAY[4E0, -73E0, 602E0],
          'DE', ARRAY[51E0, 10E0, 337E0], 'DZ', ARRAY[28E0, 2E0, 871E0], 'EG', ARRAY[27E0, 30E0, 565E0],
          'ES', ARRAY[40E0, -4E0, 401E0], 'ET', ARRAY[8E0, 39E0, 593E0], 'FR', ARRAY[46.5E0, 2.5E0, 419E0],
          'GB', ARRAY[54E0, -2E0, 278E0], 'GH', ARRAY[8E0, -1.2E0, 276E0], 'ID', ARRAY[-2.5E0, 118E0, 779E0],
          'IN', ARRAY[21E0, 78E0, 1023E0], 'IQ', ARRAY[33E0, 44E0, 374E0], 'IR', ARRAY[32E0, 53E0, 724E0],
          'IT', ARRAY[42.8E0, 12.8E0, 310E0], 'JP', ARRAY[36E0, 138E0, 347E0], 'KE', ARRAY[0.5E0, 38E0, 430E0],
          'KR', ARRAY[36.5E0, 127.8E0, 179E0], 'MA', ARRAY[32E0, -6E0, 377E0], 'MM', ARRAY[21E0, 96E0, 464E0],
          'MX', ARRAY[23E0, -102E0, 791E0], 'MY', ARRAY[4E0, 109E0, 324E0], 'MZ', ARRAY[-18E0, 35E0, 505E0],
          'NG', ARRAY[9E0, 8E0, 542E0], 'NL', ARRAY[52.3E0, 5.5E0, 115E0], 'NP', ARRAY[28E0, 84E0, 216E0],
          'NZ', ARRAY[-41E0, 174E0, 292E0], 'PE', ARRAY[-10E0, -76E0, 640E0], 'PH', ARRAY[12E0, 122E0, 309E0],
          'PK', ARRAY[30E0, 70E0, 501E0], 'PL', ARRAY[52E0, 19.3E0, 315E0], 'PT', ARRAY[39.7E0, -8E0, 171E0],
          'RU', ARRAY[60E0, 100E0, 2333E0], 'SA', ARRAY[24E0, 45E0, 827E0], 'SD', ARRAY[15E0, 30E0, 771E0],
          'SE', ARRAY[62E0, 15E0, 379E0], 'SN', ARRAY[14.4E0, -14.5E0, 250E0], 'TH', ARRAY[15E0, 101E0, 404E0],
          'TR', ARRAY[39E0, 35E0, 499E0], 'TZ', ARRAY[-6E0, 35E0, 549E0], 'UA', ARRAY[49E0, 32E0, 438E0],
          'UG', ARRAY[1.3E0, 32.3E0, 277E0], 'US', ARRAY[39.8E0, -98.6E0, 1770E0], 'UZ', ARRAY[41.5E0, 64.5E0, 377E0],
          'VE', ARRAY[7E0, -66E0, 539E0], 'VN', ARRAY[16.2E0, 107E0, 325E0], 'YE', ARRAY[15.5E0, 47.5E0, 410E0],
          'ZA', ARRAY[-29E0, 24E0, 624E0]
        ] AS places
        FROM (
          SELECT event, event_id, event_time, happened, `country`, `member_id`,
            FIRST_VALUE(`country`) OVER w AS before, FIRST_VALUE(event_time) OVER w AS before_ms
          FROM counted WHERE event IN ('play', 'search')
          WINDOW w AS (
            PARTITION BY `member_id` ORDER BY happened ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
          )
        )
        WHERE before <> `country` AND event_time - before_ms <= 7200000
      )
    )
  )
)
WHERE measured > 1000
UNION ALL
-- pause_follows_play: A pause whose play was lost or never was makes titles look watched that nobody began.
-- position_runs_forward: A stretch that ends before it began has a length below zero; a seek begins a new one with a play.
SELECT told.rule, event, `device_id` AS `key`, event_time AS at_ms, event_id,
  told.`value`, told.bound, told.window_ms, told.detail, happened
FROM (
  SELECT *,
    CASE WHEN event_time - `first_event_time` <= 14400000 AND `first_session_id` = `session_id` AND `first_title_id` = `title_id`
      THEN 0 ELSE 1 END AS slip_0,
    CASE WHEN event_time - `first_event_time` <= 14400000 AND `first_session_id` = `session_id` AND `first_title_id` = `title_id`
      THEN `first_position_ms` - `position_ms` ELSE 0 END AS slip_1
  FROM (
    SELECT event, event_id, event_time, happened, `device_id`, `position_ms`, `session_id`, `title_id`,
      LAST_VALUE(CASE WHEN event = 'play' THEN `event_time` END) OVER w AS `first_event_time`,
      LAST_VALUE(CASE WHEN event = 'play' THEN `position_ms` END) OVER w AS `first_position_ms`,
      LAST_VALUE(CASE WHEN event = 'play' THEN `session_id` END) OVER w AS `first_session_id`,
      LAST_VALUE(CASE WHEN event = 'play' THEN `title_id` END) OVER w AS `first_title_id`
    FROM counted WHERE event IN ('play', 'pause')
    WINDOW w AS (
      PARTITION BY `device_id` ORDER BY happened RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
  )
  WHERE event = 'pause'
)
CROSS JOIN UNNEST(ARRAY[
  ROW('pause_follows_play', CAST(slip_0 AS DOUBLE), CAST(0 AS DOUBLE), CAST(14400000 AS BIGINT),
    'pause without play of its session_id and title_id'),
  ROW('position_runs_forward', CAST(slip_1 AS DOUBLE), CAST(1000 AS DOUBLE), CAST(14400000 AS BIGINT),
    'position_ms went back by ' || CAST(slip_1 AS STRING))
]) AS told (rule, `value`, bound, window_ms, detail)
WHERE (slip_0 > 0 OR slip_1 > 1000) AND told.`value` > told.bound
UNION ALL
-- play_after_session_end: A session that goes on after its end was told is one that is made up, or two that share an id.
SELECT told.rule, event, `device_id` AS `key`, event_time AS at_ms, event_id,
  told.`value`, told.bound, told.window_ms, told.detail, happened
FROM (
  SELECT *,
    CASE WHEN event_time - `first_event_time` <= 14400000 AND `first_session_id` = `session_id`
      THEN event_time - `first_event_time` ELSE 0 END AS slip_0
  FROM (
    SELECT event, event_id, event_time, happened, `device_id`, `session_id`,
      LAST_VALUE(CASE WHEN event = 'session_end' THEN `event_time` END) OVER w AS `first_event_time`,
      LAST_VALUE(CASE WHEN event = 'session_end' THEN `session_id` END) OVER w AS `first_session_id`
    FROM counted WHERE event IN ('session_end', 'play')
    WINDOW w AS (
      PARTITION BY `device_id` ORDER BY happened RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
  )
  WHERE event = 'play'
)
CROSS JOIN UNNEST(ARRAY[
  ROW('play_after_session_end', CAST(slip_0 AS DOUBLE), CAST(0 AS DOUBLE), CAST(14400000 AS BIGINT),
    'play ' || CAST(slip_0 AS STRING) || ' ms after session_end')
]) AS told (rule, `value`, bound, window_ms, detail)
WHERE (slip_0 > 0) AND told.`value` > told.bound
UNION ALL
-- streams_are_reported: What servers send and clients do not report is watched and not counted; the reverse is made up.
SELECT 'streams_are_reported' AS rule, event, `member_id` AS `key`, event_time AS at_ms, event_id,
  CAST(measured AS DOUBLE) AS `value`, CAST(0 AS DOUBLE) AS bound,
  CAST(10000 AS BIGINT) AS window_ms,
  'no play beside it' AS detail, happened
FROM (
  SELECT a.*, 1 AS measured
  FROM (
    SELECT event, event_id, event_time, happened, `device_id`, `member_id`, `title_id`
    FROM counted WHERE event IN ('stream_start')
      -- One that comes late would not find the other, which is forgotten.
      AND (CURRENT_WATERMARK(happened) IS NULL OR happened > CURRENT_WATERMARK(happened))
  ) a
  LEFT JOIN (
    SELECT event, event_id, event_time, happened, `device_id`, `member_id`, `title_id`
    FROM counted WHERE event IN ('play')
  ) b
    ON b.`member_id` = a.`member_id` AND b.`device_id` = a.`device_id` AND b.`title_id` = a.`title_id`
    AND b.happened BETWEEN a.happened - INTERVAL '0 00:00:10.000' DAY TO SECOND(3)
    AND a.happened + INTERVAL '0 00:00:10.000' DAY TO SECOND(3)
  WHERE b.event_id IS NULL
)
UNION ALL
-- streams_are_reported: What servers send and clients do not report is watched and not counted; the reverse is made up.
SELECT 'streams_are_reported' AS rule, event, `member_id` AS `key`, event_time AS at_ms, event_id,
  CAST(measured AS DOUBLE) AS `value`, CAST(0 AS DOUBLE) AS bound,
  CAST(10000 AS BIGINT) AS window_ms,
  'no stream_start beside it' AS detail, happened
FROM (
  SELECT a.*, 1 AS measured
  FROM (
    SELECT *
    FROM (
      SELECT event, event_id, event_time, happened, `device_id`, `member_id`, `title_id`,
        MAX(CASE WHEN event = 'stream_start' THEN event_time END) OVER (
          PARTITION BY `member_id` ORDER BY happened RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS spoke_ms
      FROM counted WHERE event IN ('stream_start', 'play')
    )
    WHERE event = 'play' AND event_time - spoke_ms <= 3600000
  ) a
  LEFT JOIN (
    SELECT event, event_id, event_time, happened, `device_id`, `member_id`, `title_id`
    FROM counted WHERE event IN ('stream_start')
  ) b
    ON b.`member_id` = a.`member_id` AND b.`device_id` = a.`device_id` AND b.`title_id` = a.`title_id`
    AND b.happened BETWEEN a.happened - INTERVAL '0 00:00:10.000' DAY TO SECOND(3)
    AND a.happened + INTERVAL '0 00:00:10.000' DAY TO SECOND(3)
  WHERE b.event_id IS NULL
);

CREATE TEMPORARY TABLE violations (
  `rule` STRING,
  `event` STRING,
  `key` STRING,
  `at_ms` BIGINT,
  `event_id` STRING,
  `value` DOUBLE,
  `bound` DOUBLE,
  `window_ms` BIGINT,
  `detail` STRING
) WITH (
  'connector' = 'kafka',
  'topic' = 'quality.violations',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.linger.ms' = '5',
  'value.format' = 'json',
  'sink.delivery-guarantee' = 'at-least-once'
);

-- By the minute in which the broker took them: it stays the same whenever this is counted again.
INSERT INTO counts
SELECT /*+ STATE_TTL('told' = '7200000 ms') */
  minute_ms, event, slice, `value`, verdict, reasons, COUNT(*) AS n
FROM (
  SELECT minute_ms, event, part.slice, part.`value`, verdict, reasons
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
) AS told
GROUP BY minute_ms, event, slice, `value`, verdict, reasons;

-- One event in 8: a histogram needs no more, and each event is told in every field and every slice.
INSERT INTO profiles
SELECT /*+ STATE_TTL('told' = '7200000 ms') */
  minute_ms, event, field, slice, `value`, bucket, COUNT(*) AS n
FROM (
  SELECT minute_ms, event, cell.field, part.slice, part.`value`, cell.bucket
  FROM (
    SELECT
      event,
      CAST(60000 AS BIGINT) * TIMESTAMPDIFF(MINUTE, TO_TIMESTAMP_LTZ(0, 3), ingested) AS minute_ms,
      ARRAY[ROW('all', ''), ROW('device_type', COALESCE(device_type, '')), ROW('country', COALESCE(country, '')), ROW('app_version', COALESCE(app_version, ''))] AS parts,
      CASE event
        WHEN 'play' THEN ARRAY[
          ROW(CAST('device_type' AS STRING), COALESCE(`device_type`, 'null')),
          ROW(CAST('country' AS STRING), COALESCE(`country`, 'null')),
          ROW(CAST('app_version' AS STRING), COALESCE(`app_version`, 'null')),
          ROW(CAST('utc_offset_min' AS STRING), CASE WHEN `utc_offset_min` IS NULL THEN 'null' WHEN `utc_offset_min` < 0 THEN '<0' WHEN `utc_offset_min` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`utc_offset_min`)) AS INT) AS STRING) END),
          ROW(CAST('title_id' AS STRING), COALESCE(SUBSTR(MD5(`title_id`), 1, 1), 'null')),
          ROW(CAST('position_ms' AS STRING), CASE WHEN `position_ms` IS NULL THEN 'null' WHEN `position_ms` < 0 THEN '<0' WHEN `position_ms` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`position_ms`)) AS INT) AS STRING) END),
          ROW(CAST('runtime_ms' AS STRING), CASE WHEN `runtime_ms` IS NULL THEN 'null' WHEN `runtime_ms` < 0 THEN '<0' WHEN `runtime_ms` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`runtime_ms`)) AS INT) AS STRING) END),
          ROW(CAST('row' AS STRING), CASE WHEN `row` IS NULL THEN 'null' WHEN `row` < 0 THEN '<0' WHEN `row` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`row`)) AS INT) AS STRING) END),
          ROW(CAST('rank' AS STRING), CASE WHEN `rank` IS NULL THEN 'null' WHEN `rank` < 0 THEN '<0' WHEN `rank` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`rank`)) AS INT) AS STRING) END),
          ROW(CAST('autoplay' AS STRING), COALESCE(CAST(`autoplay` AS STRING), 'null'))
        ]
        WHEN 'pause' THEN ARRAY[
          ROW(CAST('device_type' AS STRING), COALESCE(`device_type`, 'null')),
          ROW(CAST('country' AS STRING), COALESCE(`country`, 'null')),
          ROW(CAST('app_version' AS STRING), COALESCE(`app_version`, 'null')),
          ROW(CAST('utc_offset_min' AS STRING), CASE WHEN `utc_offset_min` IS NULL THEN 'null' WHEN `utc_offset_min` < 0 THEN '<0' WHEN `utc_offset_min` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`utc_offset_min`)) AS INT) AS STRING) END),
          ROW(CAST('title_id' AS STRING), COALESCE(SUBSTR(MD5(`title_id`), 1, 1), 'null')),
          ROW(CAST('position_ms' AS STRING), CASE WHEN `position_ms` IS NULL THEN 'null' WHEN `position_ms` < 0 THEN '<0' WHEN `position_ms` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`position_ms`)) AS INT) AS STRING) END),
          ROW(CAST('runtime_ms' AS STRING), CASE WHEN `runtime_ms` IS NULL THEN 'null' WHEN `runtime_ms` < 0 THEN '<0' WHEN `runtime_ms` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`runtime_ms`)) AS INT) AS STRING) END)
        ]
        WHEN 'search' THEN ARRAY[
          ROW(CAST('device_type' AS STRING), COALESCE(`device_type`, 'null')),
          ROW(CAST('country' AS STRING), COALESCE(`country`, 'null')),
          ROW(CAST('app_version' AS STRING), COALESCE(`app_version`, 'null')),
          ROW(CAST('utc_offset_min' AS STRING), CASE WHEN `utc_offset_min` IS NULL THEN 'null' WHEN `utc_offset_min` < 0 THEN '<0' WHEN `utc_offset_min` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`utc_offset_min`)) AS INT) AS STRING) END),
          ROW(CAST('results' AS STRING), CASE WHEN `results` IS NULL THEN 'null' WHEN `results` < 0 THEN '<0' WHEN `results` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`results`)) AS INT) AS STRING) END)
        ]
        WHEN 'hover' THEN ARRAY[
          ROW(CAST('device_type' AS STRING), COALESCE(`device_type`, 'null')),
          ROW(CAST('country' AS STRING), COALESCE(`country`, 'null')),
          ROW(CAST('app_version' AS STRING), COALESCE(`app_version`, 'null')),
          ROW(CAST('utc_offset_min' AS STRING), CASE WHEN `utc_offset_min` IS NULL THEN 'null' WHEN `utc_offset_min` < 0 THEN '<0' WHEN `utc_offset_min` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`utc_offset_min`)) AS INT) AS STRING) END),
          ROW(CAST('title_id' AS STRING), COALESCE(SUBSTR(MD5(`title_id`), 1, 1), 'null')),
          ROW(CAST('dwell_ms' AS STRING), CASE WHEN `dwell_ms` IS NULL THEN 'null' WHEN `dwell_ms` < 0 THEN '<0' WHEN `dwell_ms` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`dwell_ms`)) AS INT) AS STRING) END),
          ROW(CAST('row' AS STRING), CASE WHEN `row` IS NULL THEN 'null' WHEN `row` < 0 THEN '<0' WHEN `row` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`row`)) AS INT) AS STRING) END),
          ROW(CAST('rank' AS STRING), CASE WHEN `rank` IS NULL THEN 'null' WHEN `rank` < 0 THEN '<0' WHEN `rank` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`rank`)) AS INT) AS STRING) END),
          ROW(CAST('artwork_id' AS STRING), COALESCE(SUBSTR(MD5(`artwork_id`), 1, 1), 'null')),
          ROW(CAST('artwork' AS STRING), COALESCE(`artwork`, 'null')),
          ROW(CAST('artwork_propensity' AS STRING), CASE WHEN `artwork_propensity` IS NULL THEN 'null' WHEN `artwork_propensity` < 0 THEN '<0' WHEN `artwork_propensity` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`artwork_propensity`)) AS INT) AS STRING) END)
        ]
        WHEN 'stream_start' THEN ARRAY[
          ROW(CAST('device_type' AS STRING), COALESCE(`device_type`, 'null')),
          ROW(CAST('country' AS STRING), COALESCE(`country`, 'null')),
          ROW(CAST('app_version' AS STRING), COALESCE(`app_version`, 'null')),
          ROW(CAST('utc_offset_min' AS STRING), CASE WHEN `utc_offset_min` IS NULL THEN 'null' WHEN `utc_offset_min` < 0 THEN '<0' WHEN `utc_offset_min` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`utc_offset_min`)) AS INT) AS STRING) END),
          ROW(CAST('title_id' AS STRING), COALESCE(SUBSTR(MD5(`title_id`), 1, 1), 'null'))
        ]
        WHEN 'rating' THEN ARRAY[
          ROW(CAST('device_type' AS STRING), COALESCE(`device_type`, 'null')),
          ROW(CAST('country' AS STRING), COALESCE(`country`, 'null')),
          ROW(CAST('app_version' AS STRING), COALESCE(`app_version`, 'null')),
          ROW(CAST('utc_offset_min' AS STRING), CASE WHEN `utc_offset_min` IS NULL THEN 'null' WHEN `utc_offset_min` < 0 THEN '<0' WHEN `utc_offset_min` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`utc_offset_min`)) AS INT) AS STRING) END),
          ROW(CAST('title_id' AS STRING), COALESCE(SUBSTR(MD5(`title_id`), 1, 1), 'null')),
          ROW(CAST('stars' AS STRING), CASE WHEN `stars` IS NULL THEN 'null' WHEN `stars` < 0 THEN '<0' WHEN `stars` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`stars`)) AS INT) AS STRING) END)
        ]
        WHEN 'seek' THEN ARRAY[
          ROW(CAST('device_type' AS STRING), COALESCE(`device_type`, 'null')),
          ROW(CAST('country' AS STRING), COALESCE(`country`, 'null')),
          ROW(CAST('app_version' AS STRING), COALESCE(`app_version`, 'null')),
          ROW(CAST('utc_offset_min' AS STRING), CASE WHEN `utc_offset_min` IS NULL THEN 'null' WHEN `utc_offset_min` < 0 THEN '<0' WHEN `utc_offset_min` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`utc_offset_min`)) AS INT) AS STRING) END),
          ROW(CAST('title_id' AS STRING), COALESCE(SUBSTR(MD5(`title_id`), 1, 1), 'null')),
          ROW(CAST('from_ms' AS STRING), CASE WHEN `from_ms` IS NULL THEN 'null' WHEN `from_ms` < 0 THEN '<0' WHEN `from_ms` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`from_ms`)) AS INT) AS STRING) END),
          ROW(CAST('to_ms' AS STRING), CASE WHEN `to_ms` IS NULL THEN 'null' WHEN `to_ms` < 0 THEN '<0' WHEN `to_ms` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`to_ms`)) AS INT) AS STRING) END),
          ROW(CAST('runtime_ms' AS STRING), CASE WHEN `runtime_ms` IS NULL THEN 'null' WHEN `runtime_ms` < 0 THEN '<0' WHEN `runtime_ms` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`runtime_ms`)) AS INT) AS STRING) END),
          ROW(CAST('kind' AS STRING), COALESCE(`kind`, 'null'))
        ]
        WHEN 'impression' THEN ARRAY[
          ROW(CAST('device_type' AS STRING), COALESCE(`device_type`, 'null')),
          ROW(CAST('country' AS STRING), COALESCE(`country`, 'null')),
          ROW(CAST('app_version' AS STRING), COALESCE(`app_version`, 'null')),
          ROW(CAST('utc_offset_min' AS STRING), CASE WHEN `utc_offset_min` IS NULL THEN 'null' WHEN `utc_offset_min` < 0 THEN '<0' WHEN `utc_offset_min` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`utc_offset_min`)) AS INT) AS STRING) END),
          ROW(CAST('title_id' AS STRING), COALESCE(SUBSTR(MD5(`title_id`), 1, 1), 'null')),
          ROW(CAST('page' AS STRING), COALESCE(`page`, 'null')),
          ROW(CAST('row' AS STRING), CASE WHEN `row` IS NULL THEN 'null' WHEN `row` < 0 THEN '<0' WHEN `row` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`row`)) AS INT) AS STRING) END),
          ROW(CAST('rank' AS STRING), CASE WHEN `rank` IS NULL THEN 'null' WHEN `rank` < 0 THEN '<0' WHEN `rank` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`rank`)) AS INT) AS STRING) END)
        ]
        WHEN 'playback_health' THEN ARRAY[
          ROW(CAST('device_type' AS STRING), COALESCE(`device_type`, 'null')),
          ROW(CAST('country' AS STRING), COALESCE(`country`, 'null')),
          ROW(CAST('app_version' AS STRING), COALESCE(`app_version`, 'null')),
          ROW(CAST('utc_offset_min' AS STRING), CASE WHEN `utc_offset_min` IS NULL THEN 'null' WHEN `utc_offset_min` < 0 THEN '<0' WHEN `utc_offset_min` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`utc_offset_min`)) AS INT) AS STRING) END),
          ROW(CAST('title_id' AS STRING), COALESCE(SUBSTR(MD5(`title_id`), 1, 1), 'null')),
          ROW(CAST('throughput_kbps' AS STRING), CASE WHEN `throughput_kbps` IS NULL THEN 'null' WHEN `throughput_kbps` < 0 THEN '<0' WHEN `throughput_kbps` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`throughput_kbps`)) AS INT) AS STRING) END),
          ROW(CAST('bitrate_kbps' AS STRING), CASE WHEN `bitrate_kbps` IS NULL THEN 'null' WHEN `bitrate_kbps` < 0 THEN '<0' WHEN `bitrate_kbps` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`bitrate_kbps`)) AS INT) AS STRING) END),
          ROW(CAST('rebuffers' AS STRING), CASE WHEN `rebuffers` IS NULL THEN 'null' WHEN `rebuffers` < 0 THEN '<0' WHEN `rebuffers` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`rebuffers`)) AS INT) AS STRING) END),
          ROW(CAST('rebuffer_ms' AS STRING), CASE WHEN `rebuffer_ms` IS NULL THEN 'null' WHEN `rebuffer_ms` < 0 THEN '<0' WHEN `rebuffer_ms` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`rebuffer_ms`)) AS INT) AS STRING) END),
          ROW(CAST('dropped_frames' AS STRING), CASE WHEN `dropped_frames` IS NULL THEN 'null' WHEN `dropped_frames` < 0 THEN '<0' WHEN `dropped_frames` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`dropped_frames`)) AS INT) AS STRING) END),
          ROW(CAST('error_code' AS STRING), COALESCE(`error_code`, 'null'))
        ]
        WHEN 'session_end' THEN ARRAY[
          ROW(CAST('device_type' AS STRING), COALESCE(`device_type`, 'null')),
          ROW(CAST('country' AS STRING), COALESCE(`country`, 'null')),
          ROW(CAST('app_version' AS STRING), COALESCE(`app_version`, 'null')),
          ROW(CAST('utc_offset_min' AS STRING), CASE WHEN `utc_offset_min` IS NULL THEN 'null' WHEN `utc_offset_min` < 0 THEN '<0' WHEN `utc_offset_min` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`utc_offset_min`)) AS INT) AS STRING) END)
        ]
        WHEN 'member_score' THEN ARRAY[
          ROW(CAST('device_type' AS STRING), COALESCE(`device_type`, 'null')),
          ROW(CAST('country' AS STRING), COALESCE(`country`, 'null')),
          ROW(CAST('app_version' AS STRING), COALESCE(`app_version`, 'null')),
          ROW(CAST('utc_offset_min' AS STRING), CASE WHEN `utc_offset_min` IS NULL THEN 'null' WHEN `utc_offset_min` < 0 THEN '<0' WHEN `utc_offset_min` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`utc_offset_min`)) AS INT) AS STRING) END),
          ROW(CAST('anomaly' AS STRING), CASE WHEN `anomaly` IS NULL THEN 'null' WHEN `anomaly` < 0 THEN '<0' WHEN `anomaly` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`anomaly`)) AS INT) AS STRING) END),
          ROW(CAST('taste_number' AS STRING), CASE WHEN `taste_number` IS NULL THEN 'null' WHEN `taste_number` < 0 THEN '<0' WHEN `taste_number` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`taste_number`)) AS INT) AS STRING) END),
          ROW(CAST('taste' AS STRING), COALESCE(`taste`, 'null')),
          ROW(CAST('churn_risk' AS STRING), CASE WHEN `churn_risk` IS NULL THEN 'null' WHEN `churn_risk` < 0 THEN '<0' WHEN `churn_risk` < 1 THEN '<1' ELSE CAST(CAST(FLOOR(2 * LOG2(`churn_risk`)) AS INT) AS STRING) END)
        ]
      END AS cells
    FROM arrivals
    WHERE NOT repeated AND top >= 0 AND verdict IN ('valid', 'warned') AND MOD(source_offset, 8) = 0
  )
  CROSS JOIN UNNEST(parts) AS part (slice, `value`)
  CROSS JOIN UNNEST(cells) AS cell (field, bucket)
) AS told
GROUP BY minute_ms, event, field, slice, `value`, bucket;

-- Once when it begins, and again in each hour that it goes on: a broken client must not flood those who look.
INSERT INTO violations
SELECT `rule`, `event`, `key`, `at_ms`, `event_id`, `value`, `bound`, `window_ms`, `detail`
FROM (
  SELECT *, COUNT(*) OVER w AS seen, MIN(at_ms) OVER w AS before
  FROM breaches
  -- LAG would look at all rows of one millisecond at once.
  WINDOW w AS (PARTITION BY rule, `key` ORDER BY happened ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
)
WHERE seen = 1 OR at_ms - before > window_ms OR at_ms / 3600000 <> before / 3600000;
