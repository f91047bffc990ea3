-- score_members: conduct, habits

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
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:03.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.play',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'score_members',
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
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:03.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.pause',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'score_members',
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
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:03.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.search',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'score_members',
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
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:03.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.hover',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'score_members',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '0',
  'value.format' = 'avro'
);

-- What members did, of the types that tell of conduct. What a restarted gate repeats counts twice.
CREATE TEMPORARY VIEW deeds AS
SELECT happened, 'play' AS event, `event_time`, `member_id`, `profile_id`, `session_id`, `device_id`, `device_type`, `country`, `app_version`, `utc_offset_min`, `title_id`, DECODE(headers['genres'], 'UTF-8') AS `genres`
FROM valid_play WHERE DECODE(headers['verdict'], 'UTF-8') IN ('valid', 'warned')
UNION ALL
SELECT happened, 'pause' AS event, `event_time`, `member_id`, `profile_id`, `session_id`, `device_id`, `device_type`, `country`, `app_version`, `utc_offset_min`, `title_id`, DECODE(headers['genres'], 'UTF-8') AS `genres`
FROM valid_pause WHERE DECODE(headers['verdict'], 'UTF-8') IN ('valid', 'warned')
UNION ALL
SELECT happened, 'search' AS event, `event_time`, `member_id`, `profile_id`, `session_id`, `device_id`, `device_type`, `country`, `app_version`, `utc_offset_min`, CAST(NULL AS STRING) AS `title_id`, CAST(NULL AS STRING) AS `genres`
FROM valid_search WHERE DECODE(headers['verdict'], 'UTF-8') IN ('valid', 'warned')
UNION ALL
SELECT happened, 'hover' AS event, `event_time`, `member_id`, `profile_id`, `session_id`, `device_id`, `device_type`, `country`, `app_version`, `utc_offset_min`, `title_id`, DECODE(headers['genres'], 'UTF-8') AS `genres`
FROM valid_hover WHERE DECODE(headers['verdict'], 'UTF-8') IN ('valid', 'warned');

-- Beside the measures who and where: as the newest event says it, since its time stands first in the text.
CREATE TEMPORARY VIEW conduct AS
SELECT window_start, window_end, member_id,
  MAX(JSON_ARRAY(event_time, profile_id, session_id, device_id, device_type, country, app_version, utc_offset_min NULL ON NULL)) AS who,
  COUNT(*) FILTER (WHERE event = 'play') AS `play`,
  COUNT(*) FILTER (WHERE event = 'pause') AS `pause`,
  COUNT(*) FILTER (WHERE event = 'search') AS `search`,
  COUNT(*) FILTER (WHERE event = 'hover') AS `hover`,
  COUNT(DISTINCT device_id) AS `devices`,
  COUNT(DISTINCT session_id) AS `sessions`,
  COUNT(DISTINCT country) AS `countries`,
  COUNT(DISTINCT title_id) AS `titles`,
  COUNT(DISTINCT event_time / 1000) AS `busy_s`
FROM TABLE(TUMBLE(TABLE deeds, DESCRIPTOR(happened), INTERVAL '0 00:01:00.000' DAY TO SECOND(3)))
GROUP BY window_start, window_end, member_id;

-- As texts: Python reads a batch of them in one go, where it would read rows field by field.
CREATE TEMPORARY VIEW conduct_batches AS
SELECT
  1000 * CAST(TIMESTAMPDIFF(SECOND, TIMESTAMP '1970-01-01 00:00:00', window_end) AS BIGINT) AS at_ms,
  batch
FROM (
  SELECT window_start, window_end, ARRAY_AGG(JSON_ARRAY(member_id, who, `play`, `pause`, `search`, `hover`, `devices`, `sessions`, `countries`, `titles`, `busy_s` NULL ON NULL)) AS batch
  FROM conduct
  GROUP BY window_start, window_end
);

-- Beside the measures who and where: as the newest event says it, since its time stands first in the text.
CREATE TEMPORARY VIEW habits AS
SELECT window_start, window_end, member_id,
  MAX(JSON_ARRAY(event_time, profile_id, session_id, device_id, device_type, country, app_version, utc_offset_min NULL ON NULL)) AS who,
  COUNT(DISTINCT session_id) AS `visits`,
  MIN(event_time) AS `first_ms`,
  MAX(event_time) AS `last_ms`,
  AVG(event_time) AS `mean_ms`,
  COUNT(*) FILTER (WHERE event = 'play' AND ',' || genres || ',' LIKE '%,action,%') AS `action`,
  COUNT(*) FILTER (WHERE event = 'play' AND ',' || genres || ',' LIKE '%,animation,%') AS `animation`,
  COUNT(*) FILTER (WHERE event = 'play' AND ',' || genres || ',' LIKE '%,comedy,%') AS `comedy`,
  COUNT(*) FILTER (WHERE event = 'play' AND ',' || genres || ',' LIKE '%,crime,%') AS `crime`,
  COUNT(*) FILTER (WHERE event = 'play' AND ',' || genres || ',' LIKE '%,documentary,%') AS `documentary`,
  COUNT(*) FILTER (WHERE event = 'play' AND ',' || genres || ',' LIKE '%,drama,%') AS `drama`,
  COUNT(*) FILTER (WHERE event = 'play' AND ',' || genres || ',' LIKE '%,family,%') AS `family`,
  COUNT(*) FILTER (WHERE event = 'play' AND ',' || genres || ',' LIKE '%,horror,%') AS `horror`,
  COUNT(*) FILTER (WHERE event = 'play' AND ',' || genres || ',' LIKE '%,romance,%') AS `romance`,
  COUNT(*) FILTER (WHERE event = 'play' AND ',' || genres || ',' LIKE '%,science fiction,%') AS `science fiction`,
  COUNT(*) FILTER (WHERE event = 'play' AND ',' || genres || ',' LIKE '%,thriller,%') AS `thriller`,
  COUNT(*) FILTER (WHERE event = 'play' AND ',' || genres || ',' LIKE '%,western,%') AS `western`
FROM TABLE(HOP(TABLE deeds, DESCRIPTOR(happened), INTERVAL '0 06:00:00.000' DAY TO SECOND(3), INTERVAL '4 00:00:00.000' DAY TO SECOND(3)))
GROUP BY window_start, window_end, member_id;

-- As texts: Python reads a batch of them in one go, where it would read rows field by field.
CREATE TEMPORARY VIEW habits_batches AS
SELECT
  1000 * CAST(TIMESTAMPDIFF(SECOND, TIMESTAMP '1970-01-01 00:00:00', window_end) AS BIGINT) AS at_ms,
  batch
FROM (
  SELECT window_start, window_end, ARRAY_AGG(JSON_ARRAY(member_id, who, `visits`, `first_ms`, `last_ms`, `mean_ms`, `action`, `animation`, `comedy`, `crime`, `documentary`, `drama`, `family`, `horror`, `romance`, `science fiction`, `thriller`, `western` NULL ON NULL)) AS batch
  FROM habits
  GROUP BY window_start, window_end
);

CREATE TEMPORARY TABLE judged (`until_ms` BIGINT) WITH ('connector' = 'blackhole');

-- conduct, which tells of anomaly. Without a key there is one scorer, in one place, and
-- its batches come in the order of their times. Declared as 8b3f0416c37ccc96: with another declaration this is
-- another job, which begins without a state.
INSERT INTO judged
SELECT judge_conduct(at_ms, batch) FROM conduct_batches;

-- habits, which tells of clusters, churn. Without a key there is one scorer, in one place, and
-- its batches come in the order of their times. Declared as ed5bf12564263024: with another declaration this is
-- another job, which begins without a state.
INSERT INTO judged
SELECT judge_habits(at_ms, batch) FROM habits_batches;
