-- compute_features: tiles of title_engagement, title_country_trending, country_top, title_popularity, title_row_take, title_next, title_rating, title_seek, search_term, member_activity, member_title, member_history, member_genre, member_habit, member_scores, session, profile_genre, profile_activity, device_playback, session_network

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
  `artwork` STRING,
  `artwork_propensity` DOUBLE,
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
  arrived AS PROCTIME()
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.session_end',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'compute_features-g0',
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
  arrived AS PROCTIME()
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.member_score',
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
  'topic' = 'quarantine.play;quarantine.pause;quarantine.search;quarantine.hover;quarantine.stream_start;quarantine.rating;quarantine.seek;quarantine.impression;quarantine.playback_health;quarantine.session_end;quarantine.member_score',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'compute_features-g0',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '0',
  'value.format' = 'raw'
);

-- All judged events, with the columns that are read of them.
CREATE TEMPORARY VIEW judged_events AS
SELECT 'play' AS event, CAST(NULL AS DOUBLE) AS `anomaly`, `app_version`, CAST(NULL AS DOUBLE) AS `churn_risk`, `country`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, `event_id`, `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, DECODE(headers['genres'], 'UTF-8') AS `genres`, CAST(NULL AS STRING) AS `kind`, `member_id`, `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, CAST(NULL AS INT) AS `results`, `row`, `runtime_ms`, `session_id`, CAST(NULL AS INT) AS `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM valid_play
UNION ALL
SELECT 'pause' AS event, CAST(NULL AS DOUBLE) AS `anomaly`, `app_version`, CAST(NULL AS DOUBLE) AS `churn_risk`, `country`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, `event_id`, `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, DECODE(headers['genres'], 'UTF-8') AS `genres`, CAST(NULL AS STRING) AS `kind`, `member_id`, `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, CAST(NULL AS INT) AS `results`, CAST(NULL AS INT) AS `row`, `runtime_ms`, `session_id`, CAST(NULL AS INT) AS `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM valid_pause
UNION ALL
SELECT 'search' AS event, CAST(NULL AS DOUBLE) AS `anomaly`, `app_version`, CAST(NULL AS DOUBLE) AS `churn_risk`, `country`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, `event_id`, `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, CAST(NULL AS STRING) AS `genres`, CAST(NULL AS STRING) AS `kind`, `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, `profile_id`, `query`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, `results`, CAST(NULL AS INT) AS `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, `session_id`, CAST(NULL AS INT) AS `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, CAST(NULL AS STRING) AS `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM valid_search
UNION ALL
SELECT 'hover' AS event, CAST(NULL AS DOUBLE) AS `anomaly`, `app_version`, CAST(NULL AS DOUBLE) AS `churn_risk`, `country`, `device_type`, `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, `event_id`, `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, DECODE(headers['genres'], 'UTF-8') AS `genres`, CAST(NULL AS STRING) AS `kind`, `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, CAST(NULL AS INT) AS `results`, `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, `session_id`, CAST(NULL AS INT) AS `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM valid_hover
UNION ALL
SELECT 'stream_start' AS event, CAST(NULL AS DOUBLE) AS `anomaly`, `app_version`, CAST(NULL AS DOUBLE) AS `churn_risk`, `country`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, `event_id`, `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, DECODE(headers['genres'], 'UTF-8') AS `genres`, CAST(NULL AS STRING) AS `kind`, `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, CAST(NULL AS INT) AS `results`, CAST(NULL AS INT) AS `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, `session_id`, CAST(NULL AS INT) AS `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM valid_stream_start
UNION ALL
SELECT 'rating' AS event, CAST(NULL AS DOUBLE) AS `anomaly`, `app_version`, CAST(NULL AS DOUBLE) AS `churn_risk`, `country`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, `event_id`, `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, DECODE(headers['genres'], 'UTF-8') AS `genres`, CAST(NULL AS STRING) AS `kind`, `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, CAST(NULL AS INT) AS `results`, CAST(NULL AS INT) AS `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, `session_id`, `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM valid_rating
UNION ALL
SELECT 'seek' AS event, CAST(NULL AS DOUBLE) AS `anomaly`, `app_version`, CAST(NULL AS DOUBLE) AS `churn_risk`, `country`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, `event_id`, `event_time`, `from_ms`, DECODE(headers['genres'], 'UTF-8') AS `genres`, `kind`, `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, CAST(NULL AS INT) AS `results`, CAST(NULL AS INT) AS `row`, `runtime_ms`, `session_id`, CAST(NULL AS INT) AS `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, `title_id`, `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM valid_seek
UNION ALL
SELECT 'impression' AS event, CAST(NULL AS DOUBLE) AS `anomaly`, `app_version`, CAST(NULL AS DOUBLE) AS `churn_risk`, `country`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, `event_id`, `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, DECODE(headers['genres'], 'UTF-8') AS `genres`, CAST(NULL AS STRING) AS `kind`, `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, CAST(NULL AS INT) AS `results`, `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, `session_id`, CAST(NULL AS INT) AS `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM valid_impression
UNION ALL
SELECT 'playback_health' AS event, CAST(NULL AS DOUBLE) AS `anomaly`, `app_version`, CAST(NULL AS DOUBLE) AS `churn_risk`, `country`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, `error_code`, `event_id`, `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, DECODE(headers['genres'], 'UTF-8') AS `genres`, CAST(NULL AS STRING) AS `kind`, `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, `rebuffer_ms`, `rebuffers`, CAST(NULL AS INT) AS `results`, CAST(NULL AS INT) AS `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, `session_id`, CAST(NULL AS INT) AS `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, `throughput_kbps`, `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM valid_playback_health
UNION ALL
SELECT 'session_end' AS event, CAST(NULL AS DOUBLE) AS `anomaly`, `app_version`, CAST(NULL AS DOUBLE) AS `churn_risk`, `country`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, `event_id`, `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, CAST(NULL AS STRING) AS `genres`, CAST(NULL AS STRING) AS `kind`, `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, CAST(NULL AS INT) AS `results`, CAST(NULL AS INT) AS `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, `session_id`, CAST(NULL AS INT) AS `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, CAST(NULL AS STRING) AS `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM valid_session_end
UNION ALL
SELECT 'member_score' AS event, `anomaly`, `app_version`, `churn_risk`, `country`, `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, `event_id`, `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, CAST(NULL AS STRING) AS `genres`, CAST(NULL AS STRING) AS `kind`, `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, `profile_id`, CAST(NULL AS STRING) AS `query`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, CAST(NULL AS INT) AS `results`, CAST(NULL AS INT) AS `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, `session_id`, CAST(NULL AS INT) AS `stars`, `taste`, `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, CAST(NULL AS STRING) AS `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, `utc_offset_min`,
  DECODE(headers['verdict'], 'UTF-8') AS verdict, DECODE(headers['reasons'], 'UTF-8') AS reasons,
  'valid' AS lane, `partition` AS lane_partition,
  CAST(DECODE(headers['partition'], 'UTF-8') AS INT) AS source_partition,
  CAST(DECODE(headers['offset'], 'UTF-8') AS BIGINT) AS source_offset, arrived
FROM valid_member_score
UNION ALL
SELECT SUBSTR(`topic`, 12) AS event, CAST(NULL AS DOUBLE) AS `anomaly`, CAST(NULL AS STRING) AS `app_version`, CAST(NULL AS DOUBLE) AS `churn_risk`, CAST(NULL AS STRING) AS `country`, CAST(NULL AS STRING) AS `device_type`, CAST(NULL AS BIGINT) AS `dwell_ms`, CAST(NULL AS STRING) AS `error_code`, CAST(NULL AS STRING) AS `event_id`, CAST(NULL AS BIGINT) AS `event_time`, CAST(NULL AS BIGINT) AS `from_ms`, CAST(NULL AS STRING) AS `genres`, CAST(NULL AS STRING) AS `kind`, CAST(NULL AS STRING) AS `member_id`, CAST(NULL AS BIGINT) AS `position_ms`, CAST(NULL AS STRING) AS `profile_id`, CAST(NULL AS STRING) AS `query`, CAST(NULL AS BIGINT) AS `rebuffer_ms`, CAST(NULL AS INT) AS `rebuffers`, CAST(NULL AS INT) AS `results`, CAST(NULL AS INT) AS `row`, CAST(NULL AS BIGINT) AS `runtime_ms`, CAST(NULL AS STRING) AS `session_id`, CAST(NULL AS INT) AS `stars`, CAST(NULL AS STRING) AS `taste`, CAST(NULL AS INT) AS `taste_number`, CAST(NULL AS INT) AS `throughput_kbps`, CAST(NULL AS STRING) AS `title_id`, CAST(NULL AS BIGINT) AS `to_ms`, CAST(NULL AS INT) AS `utc_offset_min`,
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
CREATE TEMPORARY TABLE country_top_v1_60s (
  `country` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (country, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE country_top_v1_titles_top (
  `country` STRING, `tile` BIGINT, `item` STRING, `written` BOOLEAN,
  PRIMARY KEY (country, tile, item) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE title_popularity_v1_3600s (
  `title_id` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (title_id, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE title_popularity_v1_21600s (
  `title_id` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (title_id, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE title_popularity_v1_members (
  `title_id` STRING, `tile` BIGINT, `item` STRING, `written` BOOLEAN,
  PRIMARY KEY (title_id, tile, item) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE title_row_take_v1_1800s (
  `title_id` STRING, `shelf` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (title_id, shelf, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE title_next_v1_1800s (
  `title_id` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (title_id, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE title_next_v1_titles_next (
  `title_id` STRING, `tile` BIGINT, `item` STRING, `written` BOOLEAN,
  PRIMARY KEY (title_id, tile, item) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE title_rating_v1_21600s (
  `title_id` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (title_id, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE title_seek_v1_3600s (
  `title_id` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (title_id, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE search_term_v1_60s (
  `term` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (term, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE search_term_v1_1800s (
  `term` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (term, tile) NOT ENFORCED
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

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE member_title_v1_21600s (
  `member_id` STRING, `title_id` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (member_id, title_id, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE member_history_v1_21600s (
  `member_id` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (member_id, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE member_history_v1_continue_watching (
  `member_id` STRING, `item` STRING, `written` BOOLEAN,
  PRIMARY KEY (member_id, item) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE member_history_v1_watched (
  `member_id` STRING, `item` STRING, `written` BOOLEAN,
  PRIMARY KEY (member_id, item) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE member_history_v1_searches_last (
  `member_id` STRING, `item` STRING, `written` BOOLEAN,
  PRIMARY KEY (member_id, item) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE member_genre_v1_21600s (
  `member_id` STRING, `genre` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (member_id, genre, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE member_habit_v1_21600s (
  `member_id` STRING, `device_type` STRING, `local_hour` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (member_id, device_type, local_hour, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE member_scores_v2_7200s (
  `member_id` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (member_id, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE session_v2_1800s (
  `session_id` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (session_id, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE session_v2_searches_before_play (
  `session_id` STRING, `item` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (session_id, item) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE profile_genre_v1_21600s (
  `profile_id` STRING, `genre` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (profile_id, genre, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE profile_activity_v1_21600s (
  `profile_id` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (profile_id, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE device_playback_v1_60s (
  `device_type` STRING, `app_version` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (device_type, app_version, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE device_playback_v1_throughput_kbps (
  `device_type` STRING, `app_version` STRING, `tile` BIGINT, `item` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (device_type, app_version, tile, item) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE session_network_v2_60s (
  `session_id` STRING, `tile` BIGINT, `written` BOOLEAN,
  PRIMARY KEY (session_id, tile) NOT ENFORCED
) WITH ('connector' = 'blackhole');

-- A key of exactly the group keys: only then do no retractions reach the writer.
CREATE TEMPORARY TABLE session_network_v2_throughput_kbps_next (
  `session_id` STRING, `item` STRING, `written` BOOLEAN,
  PRIMARY KEY (session_id, item) NOT ENFORCED
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
    COALESCE(SUM(CAST(ROUND((position_ms * 1E0 / runtime_ms) * 1E+10) AS BIGINT)) FILTER (WHERE event = 'pause'), 0) AS watched_share_mean_sum,
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
    COALESCE(SUM(CAST(ROUND((position_ms * 1E0 / runtime_ms) * 1E+10) AS BIGINT)) FILTER (WHERE event = 'pause'), 0) AS watched_share_mean_sum,
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
  WHERE event IN ('play') AND country IS NOT NULL
  GROUP BY title_id, country, event_time / 60000
);

INSERT INTO country_top_v1_60s
SELECT country, tile, write_country_top_v1_60s(country, tile, n, newest_ms, plays)
FROM (
  -- country_top v1, tiles of 60s: What a country watches most now: the candidates of its trending row.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    country,
    event_time / 60000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'play') AS plays
  FROM counted
  WHERE event IN ('play') AND country IS NOT NULL
  GROUP BY country, event_time / 60000
);

INSERT INTO country_top_v1_titles_top
SELECT country, tile, item, write_country_top_v1_titles_top(country, tile, item, weight)
FROM (
  -- country_top v1, titles_top: a list of at most 100 items in each tile of 900s
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    country,
    event_time / 900000 AS tile,
    title_id AS item,
    COUNT(*) AS weight
  FROM counted
  WHERE event = 'play'
    AND (title_id) <> ''
    AND event IN ('play')
    AND country IS NOT NULL
  GROUP BY country, event_time / 900000, title_id
);

INSERT INTO title_popularity_v1_3600s
SELECT title_id, tile, write_title_popularity_v1_3600s(title_id, tile, n, newest_ms, plays, completions, abandonments, plays_decayed, first_play_ms)
FROM (
  -- title_popularity v1, tiles of 3600s: How much a title is watched and finished: the bias of a ranker, and how new it is.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    title_id,
    event_time / 3600000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'play') AS plays,
    COUNT(DISTINCT session_id) FILTER (WHERE event = 'pause' AND (position_ms * 1E0 / runtime_ms >= 0.9)) AS completions,
    COUNT(DISTINCT session_id) FILTER (WHERE event = 'pause' AND (position_ms * 1E0 / runtime_ms <= 0.2)) AS abandonments,
    COALESCE(SUM(CAST(ROUND(((1E0) * POWER(2E0, MOD(event_time, 3600000) / 86400000E0)) * 1E+10) AS BIGINT)) FILTER (WHERE event = 'play'), 0) AS plays_decayed,
    MIN(CAST(event_time AS DOUBLE)) FILTER (WHERE event = 'play') AS first_play_ms
  FROM counted
  WHERE event IN ('play', 'pause')
  GROUP BY title_id, event_time / 3600000
);

INSERT INTO title_popularity_v1_21600s
SELECT title_id, tile, write_title_popularity_v1_21600s(title_id, tile, n, newest_ms, plays, completions, abandonments, plays_decayed, first_play_ms)
FROM (
  -- title_popularity v1, tiles of 21600s: How much a title is watched and finished: the bias of a ranker, and how new it is.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    title_id,
    event_time / 21600000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'play') AS plays,
    COUNT(DISTINCT session_id) FILTER (WHERE event = 'pause' AND (position_ms * 1E0 / runtime_ms >= 0.9)) AS completions,
    COUNT(DISTINCT session_id) FILTER (WHERE event = 'pause' AND (position_ms * 1E0 / runtime_ms <= 0.2)) AS abandonments,
    COALESCE(SUM(CAST(ROUND(((1E0) * POWER(2E0, MOD(event_time, 21600000) / 86400000E0)) * 1E+10) AS BIGINT)) FILTER (WHERE event = 'play'), 0) AS plays_decayed,
    MIN(CAST(event_time AS DOUBLE)) FILTER (WHERE event = 'play') AS first_play_ms
  FROM counted
  WHERE event IN ('play', 'pause')
  GROUP BY title_id, event_time / 21600000
);

INSERT INTO title_popularity_v1_members
SELECT title_id, tile, item, write_title_popularity_v1_members(title_id, tile, item, weight)
FROM (
  -- title_popularity v1, members: a list of at most 64 items in each tile of 21600s
  SELECT /*+ STATE_TTL('counted' = '60000 ms') */
    title_id,
    event_time / 21600000 AS tile,
    member_id AS item,
    COUNT(*) AS weight
  FROM counted
  WHERE event = 'play'
    AND (member_id) <> ''
    AND event IN ('play')
  GROUP BY title_id, event_time / 21600000, member_id
);

INSERT INTO title_row_take_v1_1800s
SELECT title_id, shelf, tile, write_title_row_take_v1_1800s(title_id, shelf, tile, n, newest_ms, impressions, hovers, takes)
FROM (
  -- title_row_take v1, tiles of 1800s: How often a title is played after it was looked at in a row of the page, from 0 at the top.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    title_id, shelf,
    event_time / 1800000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'impression') AS impressions,
    COUNT(*) FILTER (WHERE event = 'hover') AS hovers,
    COUNT(DISTINCT event_id) FILTER (WHERE event = 'taken_hover') AS takes
  FROM (
    SELECT event, `event_id`, `event_time`, `row`, `title_id`, CAST(`row` AS STRING) AS `shelf`
    FROM (
      SELECT event, `event_id`, `event_time`, `row`, `title_id` FROM counted
      UNION ALL
      -- taken_hover: A hover whose title the member played within ten minutes.
      SELECT /*+ STATE_TTL('earlier' = '900000 ms', 'later' = '900000 ms') */
        'taken_hover' AS event, earlier.`event_id`, earlier.`event_time`, earlier.`row`, earlier.`title_id`
      FROM (SELECT `event_id`, `event_time`, `member_id`, `row`, `title_id` FROM counted WHERE event = 'hover') AS earlier
      JOIN (SELECT `event_id`, `event_time`, `member_id`, `row`, `title_id` FROM counted WHERE event = 'play') AS later
        ON earlier.member_id = later.member_id AND earlier.title_id = later.title_id
        AND later.event_time BETWEEN earlier.event_time AND earlier.event_time + 600000
    )
  ) AS counted
  WHERE event IN ('impression', 'hover', 'taken_hover') AND shelf IS NOT NULL
  GROUP BY title_id, shelf, event_time / 1800000
);

INSERT INTO title_next_v1_1800s
SELECT title_id, tile, write_title_next_v1_1800s(title_id, tile, n, newest_ms, plays)
FROM (
  -- title_next v1, tiles of 1800s: What people play after a title: the row that says because you watched.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    title_id,
    event_time / 1800000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'play') AS plays
  FROM counted
  WHERE event IN ('play')
  GROUP BY title_id, event_time / 1800000
);

INSERT INTO title_next_v1_titles_next
SELECT title_id, tile, item, write_title_next_v1_titles_next(title_id, tile, item, weight)
FROM (
  -- title_next v1, titles_next: a list of at most 30 items in each tile of 43200s
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    title_id,
    event_time / 43200000 AS tile,
    next_title_id AS item,
    COUNT(*) AS weight
  FROM (
    -- played_next: A play, and another title that the same person played within two hours.
    SELECT /*+ STATE_TTL('earlier' = '7500000 ms', 'later' = '7500000 ms') */
      'played_next' AS event, earlier.`event_time`, later.`title_id` AS `next_title_id`, earlier.`title_id`
    FROM (SELECT `event_id`, `event_time`, `profile_id`, `title_id` FROM counted WHERE event = 'play') AS earlier
    JOIN (SELECT `event_id`, `event_time`, `profile_id`, `title_id` FROM counted WHERE event = 'play') AS later
      ON earlier.profile_id = later.profile_id
      AND later.event_time BETWEEN earlier.event_time AND earlier.event_time + 7200000
    WHERE earlier.title_id <> later.title_id
  ) AS counted
  WHERE event = 'played_next'
    AND (next_title_id) <> ''
    AND event IN ('played_next')
  GROUP BY title_id, event_time / 43200000, next_title_id
);

INSERT INTO title_rating_v1_21600s
SELECT title_id, tile, write_title_rating_v1_21600s(title_id, tile, n, newest_ms, ratings, stars_mean_sum, stars_mean_n, stars_variance_sum, stars_variance_squares, stars_variance_n)
FROM (
  -- title_rating v1, tiles of 21600s: How a title is rated, and how much people differ about it.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    title_id,
    event_time / 21600000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'rating') AS ratings,
    COALESCE(SUM(CAST(ROUND((stars) * 1E+0) AS BIGINT)) FILTER (WHERE event = 'rating'), 0) AS stars_mean_sum,
    COUNT(stars) FILTER (WHERE event = 'rating') AS stars_mean_n,
    COALESCE(SUM(CAST(ROUND((stars) * 1E+0) AS BIGINT)) FILTER (WHERE event = 'rating'), 0) AS stars_variance_sum,
    COALESCE(SUM(CAST(ROUND((stars) * 1E+0) AS BIGINT) * CAST(ROUND((stars) * 1E+0) AS BIGINT)) FILTER (WHERE event = 'rating'), 0) AS stars_variance_squares,
    COUNT(stars) FILTER (WHERE event = 'rating') AS stars_variance_n
  FROM counted
  WHERE event IN ('rating')
  GROUP BY title_id, event_time / 21600000
);

INSERT INTO title_seek_v1_3600s
SELECT title_id, tile, write_title_seek_v1_3600s(title_id, tile, n, newest_ms, skips, rewinds, fast_forwards, moved_ms)
FROM (
  -- title_seek v1, tiles of 3600s: Where a title bores and what is seen twice: skipped, rewound and wound forward.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    title_id,
    event_time / 3600000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'seek' AND (kind = 'skip')) AS skips,
    COUNT(*) FILTER (WHERE event = 'seek' AND (kind = 'rewind')) AS rewinds,
    COUNT(*) FILTER (WHERE event = 'seek' AND (kind = 'fast_forward')) AS fast_forwards,
    COALESCE(SUM(CAST(ROUND((to_ms - from_ms) * 1E+0) AS BIGINT)) FILTER (WHERE event = 'seek'), 0) AS moved_ms
  FROM counted
  WHERE event IN ('seek')
  GROUP BY title_id, event_time / 3600000
);

INSERT INTO search_term_v1_60s
SELECT term, tile, write_search_term_v1_60s(term, tile, n, newest_ms, searches, no_results, answered)
FROM (
  -- search_term v1, tiles of 60s: What is searched for now, and whether a play followed: what people want and do not find.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    term,
    event_time / 60000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'search') AS searches,
    COUNT(*) FILTER (WHERE event = 'search' AND (results = 0)) AS no_results,
    COUNT(DISTINCT event_id) FILTER (WHERE event = 'answered_search') AS answered
  FROM (
    SELECT event, `event_id`, `event_time`, `query`, `results`, LOWER(TRIM(query)) AS `term`
    FROM (
      SELECT event, `event_id`, `event_time`, `query`, `results` FROM counted
      UNION ALL
      -- answered_search: A search and the title that was played within ten minutes of the same session.
      SELECT /*+ STATE_TTL('earlier' = '900000 ms', 'later' = '900000 ms') */
        'answered_search' AS event, earlier.`event_id`, earlier.`event_time`, earlier.`query`, earlier.`results`
      FROM (SELECT `event_id`, `event_time`, `member_id`, `query`, `results`, `session_id`, `title_id` FROM counted WHERE event = 'search') AS earlier
      JOIN (SELECT `event_id`, `event_time`, `member_id`, `query`, `results`, `session_id`, `title_id` FROM counted WHERE event = 'play') AS later
        ON earlier.member_id = later.member_id AND earlier.session_id = later.session_id
        AND later.event_time BETWEEN earlier.event_time AND earlier.event_time + 600000
    )
  ) AS counted
  WHERE event IN ('search', 'answered_search') AND term IS NOT NULL
  GROUP BY term, event_time / 60000
);

INSERT INTO search_term_v1_1800s
SELECT term, tile, write_search_term_v1_1800s(term, tile, n, newest_ms, searches, no_results, answered)
FROM (
  -- search_term v1, tiles of 1800s: What is searched for now, and whether a play followed: what people want and do not find.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    term,
    event_time / 1800000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'search') AS searches,
    COUNT(*) FILTER (WHERE event = 'search' AND (results = 0)) AS no_results,
    COUNT(DISTINCT event_id) FILTER (WHERE event = 'answered_search') AS answered
  FROM (
    SELECT event, `event_id`, `event_time`, `query`, `results`, LOWER(TRIM(query)) AS `term`
    FROM (
      SELECT event, `event_id`, `event_time`, `query`, `results` FROM counted
      UNION ALL
      -- answered_search: A search and the title that was played within ten minutes of the same session.
      SELECT /*+ STATE_TTL('earlier' = '900000 ms', 'later' = '900000 ms') */
        'answered_search' AS event, earlier.`event_id`, earlier.`event_time`, earlier.`query`, earlier.`results`
      FROM (SELECT `event_id`, `event_time`, `member_id`, `query`, `results`, `session_id`, `title_id` FROM counted WHERE event = 'search') AS earlier
      JOIN (SELECT `event_id`, `event_time`, `member_id`, `query`, `results`, `session_id`, `title_id` FROM counted WHERE event = 'play') AS later
        ON earlier.member_id = later.member_id AND earlier.session_id = later.session_id
        AND later.event_time BETWEEN earlier.event_time AND earlier.event_time + 600000
    )
  ) AS counted
  WHERE event IN ('search', 'answered_search') AND term IS NOT NULL
  GROUP BY term, event_time / 1800000
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
    COALESCE(SUM(CAST(ROUND((dwell_ms) * 1E+0) AS BIGINT)) FILTER (WHERE event = 'hover'), 0) AS dwell_ms_mean_sum,
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
    COALESCE(SUM(CAST(ROUND((dwell_ms) * 1E+0) AS BIGINT)) FILTER (WHERE event = 'hover'), 0) AS dwell_ms_mean_sum,
    COUNT(dwell_ms) FILTER (WHERE event = 'hover') AS dwell_ms_mean_n,
    MAX(LPAD(CAST(event_time AS STRING), 15, '0') || device_type) AS device_type_last
  FROM counted
  WHERE event IN ('play', 'pause', 'search', 'hover')
  GROUP BY member_id, event_time / 1800000
);

INSERT INTO member_title_v1_21600s
SELECT member_id, title_id, tile, write_member_title_v1_21600s(member_id, title_id, tile, n, newest_ms, impressions, hovers, plays, takes, watched_share)
FROM (
  -- member_title v1, tiles of 21600s: Hover fatigue: a title that a member has seen often and not played is not worth its place.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    member_id, title_id,
    event_time / 21600000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'impression') AS impressions,
    COUNT(*) FILTER (WHERE event = 'hover') AS hovers,
    COUNT(*) FILTER (WHERE event = 'play') AS plays,
    COUNT(DISTINCT event_id) FILTER (WHERE event = 'taken_hover') AS takes,
    MAX(CAST(position_ms * 1E0 / runtime_ms AS DOUBLE)) FILTER (WHERE event = 'pause') AS watched_share
  FROM (
    SELECT event, `event_id`, `event_time`, `member_id`, `position_ms`, `runtime_ms`, `title_id` FROM counted
    UNION ALL
    -- taken_hover: A hover whose title the member played within ten minutes.
    SELECT /*+ STATE_TTL('earlier' = '900000 ms', 'later' = '900000 ms') */
      'taken_hover' AS event, earlier.`event_id`, earlier.`event_time`, earlier.`member_id`, earlier.`position_ms`, earlier.`runtime_ms`, earlier.`title_id`
    FROM (SELECT `event_id`, `event_time`, `member_id`, `position_ms`, `runtime_ms`, `title_id` FROM counted WHERE event = 'hover') AS earlier
    JOIN (SELECT `event_id`, `event_time`, `member_id`, `position_ms`, `runtime_ms`, `title_id` FROM counted WHERE event = 'play') AS later
      ON earlier.member_id = later.member_id AND earlier.title_id = later.title_id
      AND later.event_time BETWEEN earlier.event_time AND earlier.event_time + 600000
  ) AS counted
  WHERE event IN ('impression', 'hover', 'play', 'pause', 'taken_hover')
  GROUP BY member_id, title_id, event_time / 21600000
);

INSERT INTO member_history_v1_21600s
SELECT member_id, tile, write_member_history_v1_21600s(member_id, tile, n, newest_ms, pauses, searches)
FROM (
  -- member_history v1, tiles of 21600s: What a member left and where, has finished, and has searched for: rows to resume, a filter.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    member_id,
    event_time / 21600000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'pause') AS pauses,
    COUNT(*) FILTER (WHERE event = 'search') AS searches
  FROM counted
  WHERE event IN ('pause', 'search')
  GROUP BY member_id, event_time / 21600000
);

INSERT INTO member_history_v1_continue_watching
SELECT member_id, item, write_member_history_v1_continue_watching(member_id, item, weight)
FROM (
  -- member_history v1, continue_watching: a list of at most 20 items
  SELECT /*+ STATE_TTL('counted' = '60000 ms') */
    member_id,
    title_id AS item,
    MAX(LPAD(CAST(event_time AS STRING), 15, '0') || LPAD(CAST(CAST(ROUND(GREATEST(LEAST(CAST(position_ms * 1E0 / runtime_ms AS DOUBLE), 1E11), 0E0) * 1E6) AS BIGINT) AS STRING), 18, '0')) AS weight
  FROM counted
  WHERE event = 'pause'
    AND (title_id) <> ''
    AND (position_ms * 1E0 / runtime_ms) IS NOT NULL
    AND event IN ('pause')
  GROUP BY member_id, title_id
);

INSERT INTO member_history_v1_watched
SELECT member_id, item, write_member_history_v1_watched(member_id, item, weight)
FROM (
  -- member_history v1, watched: a list of at most 100 items
  SELECT /*+ STATE_TTL('counted' = '60000 ms') */
    member_id,
    title_id AS item,
    MAX(event_time) AS weight
  FROM counted
  WHERE event = 'pause'
    AND (position_ms * 1E0 / runtime_ms >= 0.9)
    AND (title_id) <> ''
    AND event IN ('pause')
  GROUP BY member_id, title_id
);

INSERT INTO member_history_v1_searches_last
SELECT member_id, item, write_member_history_v1_searches_last(member_id, item, weight)
FROM (
  -- member_history v1, searches_last: a list of at most 10 items
  SELECT /*+ STATE_TTL('counted' = '60000 ms') */
    member_id,
    query AS item,
    MAX(event_time) AS weight
  FROM counted
  WHERE event = 'search'
    AND (query) <> ''
    AND event IN ('search')
  GROUP BY member_id, query
);

INSERT INTO member_genre_v1_21600s
SELECT member_id, genre, tile, write_member_genre_v1_21600s(member_id, genre, tile, n, newest_ms, plays, affinity_now, affinity_usual)
FROM (
  -- member_genre v1, tiles of 21600s: How much a member likes a genre, of late and as a rule: taste for members without a vector.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    member_id, genre,
    event_time / 21600000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'play') AS plays,
    COALESCE(SUM(CAST(ROUND(((1E0) * POWER(2E0, MOD(event_time, 21600000) / 86400000E0)) * 1E+10) AS BIGINT)) FILTER (WHERE event = 'play'), 0) AS affinity_now,
    COALESCE(SUM(CAST(ROUND(((1E0) * POWER(2E0, MOD(event_time, 21600000) / 604800000E0)) * 1E+10) AS BIGINT)) FILTER (WHERE event = 'play'), 0) AS affinity_usual
  FROM (
    SELECT event, `event_time`, `genres`, `member_id`, part.`genre`
    FROM counted
    CROSS JOIN UNNEST(SPLIT(`genres`, ',')) AS part (`genre`)
  ) AS counted
  WHERE event IN ('play') AND genre IS NOT NULL AND genre <> ''
  GROUP BY member_id, genre, event_time / 21600000
);

INSERT INTO member_habit_v1_21600s
SELECT member_id, device_type, local_hour, tile, write_member_habit_v1_21600s(member_id, device_type, local_hour, tile, n, newest_ms, plays)
FROM (
  -- member_habit v1, tiles of 21600s: On which device and at what hour, by the clock on their wall, a member watches.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    member_id, device_type, local_hour,
    event_time / 21600000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'play') AS plays
  FROM (
    SELECT event, `device_type`, `event_time`, `member_id`, `utc_offset_min`, CAST(MOD(event_time / 60000 + utc_offset_min, 1440) / 60 AS STRING) AS `local_hour`
    FROM counted
  ) AS counted
  WHERE event IN ('play') AND device_type IS NOT NULL AND local_hour IS NOT NULL
  GROUP BY member_id, device_type, local_hour, event_time / 21600000
);

INSERT INTO member_scores_v2_7200s
SELECT member_id, tile, write_member_scores_v2_7200s(member_id, tile, n, newest_ms, anomaly, anomaly_max, taste_number, taste, churn_risk)
FROM (
  -- member_scores v2, tiles of 7200s: What was learnt of a member: how odd they behave, their taste, the risk that they leave.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    member_id,
    event_time / 7200000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    MAX(LPAD(CAST(event_time AS STRING), 15, '0') || CAST(anomaly AS STRING)) AS anomaly,
    MAX(CAST(anomaly AS DOUBLE)) AS anomaly_max,
    MAX(LPAD(CAST(event_time AS STRING), 15, '0') || CASE WHEN CHAR_LENGTH(CAST(taste_number AS STRING)) <= 4 THEN CAST(taste_number AS STRING) END) AS taste_number,
    MAX(LPAD(CAST(event_time AS STRING), 15, '0') || taste) AS taste,
    MAX(LPAD(CAST(event_time AS STRING), 15, '0') || CAST(churn_risk AS STRING)) AS churn_risk
  FROM counted
  WHERE event IN ('member_score')
  GROUP BY member_id, event_time / 7200000
);

INSERT INTO session_v2_1800s
SELECT session_id, tile, write_session_v2_1800s(session_id, tile, n, newest_ms, started_ms, ended_ms, first_play_ms, depth, plays, searches, answered_searches)
FROM (
  -- session v2, tiles of 1800s: How a session goes: its length, how deep it looks, how long it takes to find something.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    session_id,
    event_time / 1800000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    MIN(CAST(event_time AS DOUBLE)) AS started_ms,
    MAX(CAST(event_time AS DOUBLE)) AS ended_ms,
    MIN(CAST(event_time AS DOUBLE)) FILTER (WHERE event = 'play') AS first_play_ms,
    COUNT(*) FILTER (WHERE event = 'hover') AS depth,
    COUNT(*) FILTER (WHERE event = 'play') AS plays,
    COUNT(*) FILTER (WHERE event = 'search') AS searches,
    COUNT(DISTINCT event_id) FILTER (WHERE event = 'answered_search') AS answered_searches
  FROM (
    SELECT event, `event_id`, `event_time`, `session_id` FROM counted
    UNION ALL
    -- answered_search: A search and the title that was played within ten minutes of the same session.
    SELECT /*+ STATE_TTL('earlier' = '900000 ms', 'later' = '900000 ms') */
      'answered_search' AS event, earlier.`event_id`, earlier.`event_time`, earlier.`session_id`
    FROM (SELECT `event_id`, `event_time`, `member_id`, `session_id`, `title_id` FROM counted WHERE event = 'search') AS earlier
    JOIN (SELECT `event_id`, `event_time`, `member_id`, `session_id`, `title_id` FROM counted WHERE event = 'play') AS later
      ON earlier.member_id = later.member_id AND earlier.session_id = later.session_id
      AND later.event_time BETWEEN earlier.event_time AND earlier.event_time + 600000
  ) AS counted
  WHERE event IN ('play', 'pause', 'search', 'hover', 'answered_search')
  GROUP BY session_id, event_time / 1800000
);

INSERT INTO session_v2_searches_before_play
SELECT session_id, item, write_session_v2_searches_before_play(session_id, item, weight)
FROM (
  -- session v2, searches_before_play: a list of at most 64 items
  SELECT /*+ STATE_TTL('counted' = '60000 ms') */
    session_id,
    event_time AS item,
    MAX(9007199254740991 - event_time) AS weight
  FROM counted
  WHERE event = 'search'
    AND event IN ('search')
  GROUP BY session_id, event_time
);

INSERT INTO profile_genre_v1_21600s
SELECT profile_id, genre, tile, write_profile_genre_v1_21600s(profile_id, genre, tile, n, newest_ms, hovers, takes, viewings, completions)
FROM (
  -- profile_genre v1, tiles of 21600s: How often a person takes a genre that they look at, and sees it to its end: taste.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    profile_id, genre,
    event_time / 21600000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'hover') AS hovers,
    COUNT(DISTINCT event_id) FILTER (WHERE event = 'taken_hover') AS takes,
    COUNT(DISTINCT session_id || ' ' || title_id) FILTER (WHERE event = 'pause') AS viewings,
    COUNT(DISTINCT session_id || ' ' || title_id) FILTER (WHERE event = 'pause' AND (position_ms * 1E0 / runtime_ms >= 0.9)) AS completions
  FROM (
    SELECT event, `event_id`, `event_time`, `genres`, `position_ms`, `profile_id`, `runtime_ms`, `session_id`, `title_id`, part.`genre`
    FROM (
      SELECT event, `event_id`, `event_time`, `genres`, `position_ms`, `profile_id`, `runtime_ms`, `session_id`, `title_id` FROM counted
      UNION ALL
      -- taken_hover: A hover whose title the member played within ten minutes.
      SELECT /*+ STATE_TTL('earlier' = '900000 ms', 'later' = '900000 ms') */
        'taken_hover' AS event, earlier.`event_id`, earlier.`event_time`, earlier.`genres`, earlier.`position_ms`, earlier.`profile_id`, earlier.`runtime_ms`, earlier.`session_id`, earlier.`title_id`
      FROM (SELECT `event_id`, `event_time`, `genres`, `member_id`, `position_ms`, `profile_id`, `runtime_ms`, `session_id`, `title_id` FROM counted WHERE event = 'hover') AS earlier
      JOIN (SELECT `event_id`, `event_time`, `genres`, `member_id`, `position_ms`, `profile_id`, `runtime_ms`, `session_id`, `title_id` FROM counted WHERE event = 'play') AS later
        ON earlier.member_id = later.member_id AND earlier.title_id = later.title_id
        AND later.event_time BETWEEN earlier.event_time AND earlier.event_time + 600000
    )
    CROSS JOIN UNNEST(SPLIT(`genres`, ',')) AS part (`genre`)
  ) AS counted
  WHERE event IN ('hover', 'pause', 'taken_hover') AND genre IS NOT NULL AND genre <> ''
  GROUP BY profile_id, genre, event_time / 21600000
);

INSERT INTO profile_activity_v1_21600s
SELECT profile_id, tile, write_profile_activity_v1_21600s(profile_id, tile, n, newest_ms, hovers, plays)
FROM (
  -- profile_activity v1, tiles of 21600s: How much a person looks at and plays: of this a genre has its share.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    profile_id,
    event_time / 21600000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'hover') AS hovers,
    COUNT(*) FILTER (WHERE event = 'play') AS plays
  FROM counted
  WHERE event IN ('hover', 'play')
  GROUP BY profile_id, event_time / 21600000
);

INSERT INTO device_playback_v1_60s
SELECT device_type, app_version, tile, write_device_playback_v1_60s(device_type, app_version, tile, n, newest_ms, reports, errors, rebuffer_ms)
FROM (
  -- device_playback v1, tiles of 60s: How playback goes on a kind of device and a version of the app: who needs a lower bitrate.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    device_type, app_version,
    event_time / 60000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'playback_health') AS reports,
    COUNT(*) FILTER (WHERE event = 'playback_health' AND (error_code IS NOT NULL)) AS errors,
    COALESCE(SUM(CAST(ROUND((rebuffer_ms) * 1E+0) AS BIGINT)) FILTER (WHERE event = 'playback_health'), 0) AS rebuffer_ms
  FROM counted
  WHERE event IN ('playback_health') AND device_type IS NOT NULL AND app_version IS NOT NULL
  GROUP BY device_type, app_version, event_time / 60000
);

INSERT INTO device_playback_v1_throughput_kbps
SELECT device_type, app_version, tile, item, write_device_playback_v1_throughput_kbps(device_type, app_version, tile, item, weight)
FROM (
  -- device_playback v1, throughput_kbps: a list of at most 93 items in each tile of 600s
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    device_type, app_version,
    event_time / 600000 AS tile,
    CAST(CEIL(LN(GREATEST(LEAST(CAST(throughput_kbps AS DOUBLE), 1.0000000000000000E+06), 1.0000000000000000E+02)) / 1.0008345855698263E-01) AS BIGINT) AS item,
    COUNT(*) AS weight
  FROM counted
  WHERE event = 'playback_health'
    AND (throughput_kbps) IS NOT NULL
    AND event IN ('playback_health')
    AND device_type IS NOT NULL
    AND app_version IS NOT NULL
  GROUP BY device_type, app_version, event_time / 600000, CAST(CEIL(LN(GREATEST(LEAST(CAST(throughput_kbps AS DOUBLE), 1.0000000000000000E+06), 1.0000000000000000E+02)) / 1.0008345855698263E-01) AS BIGINT)
);

INSERT INTO session_network_v2_60s
SELECT session_id, tile, write_session_network_v2_60s(session_id, tile, n, newest_ms, reports, throughput_kbps_mean_sum, throughput_kbps_mean_n, throughput_kbps_min, rebuffers)
FROM (
  -- session_network v2, tiles of 60s: The network of a session that is under way: what its throughput will be next.
  SELECT /*+ STATE_TTL('counted' = '86400000 ms') */
    session_id,
    event_time / 60000 AS tile,
    COUNT(*) AS n,
    MAX(event_time) AS newest_ms,
    COUNT(*) FILTER (WHERE event = 'playback_health') AS reports,
    COALESCE(SUM(CAST(ROUND((throughput_kbps) * 1E+0) AS BIGINT)) FILTER (WHERE event = 'playback_health'), 0) AS throughput_kbps_mean_sum,
    COUNT(throughput_kbps) FILTER (WHERE event = 'playback_health') AS throughput_kbps_mean_n,
    MIN(CAST(throughput_kbps AS DOUBLE)) FILTER (WHERE event = 'playback_health') AS throughput_kbps_min,
    COALESCE(SUM(CAST(ROUND((rebuffers) * 1E+0) AS BIGINT)) FILTER (WHERE event = 'playback_health'), 0) AS rebuffers
  FROM counted
  WHERE event IN ('playback_health')
  GROUP BY session_id, event_time / 60000
);

INSERT INTO session_network_v2_throughput_kbps_next
SELECT session_id, item, write_session_network_v2_throughput_kbps_next(session_id, item, weight)
FROM (
  -- session_network v2, throughput_kbps_next: a list of at most 5 items
  SELECT /*+ STATE_TTL('counted' = '60000 ms') */
    session_id,
    event_id AS item,
    MAX(LPAD(CAST(event_time AS STRING), 15, '0') || LPAD(CAST(CAST(ROUND(GREATEST(LEAST(CAST(throughput_kbps AS DOUBLE), 1E11), 0E0) * 1E6) AS BIGINT) AS STRING), 18, '0')) AS weight
  FROM counted
  WHERE event = 'playback_health'
    AND (event_id) <> ''
    AND (throughput_kbps) IS NOT NULL
    AND event IN ('playback_health')
  GROUP BY session_id, event_id
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
