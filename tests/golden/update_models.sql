-- update_models: take, artwork, completion, next_title

-- Looked up as they come, and not again: after a restart from where the group has come to.
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
  happened AS TO_TIMESTAMP_LTZ(event_time - MOD(event_time, 1000), 3),
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:03.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.hover',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'update_models',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'group-offsets',
  'value.format' = 'avro'
);

-- What was known of each when it came, and for ever after in this log.
CREATE TEMPORARY TABLE facts_hover (
  `event_time` BIGINT NOT NULL,
  `event_id` STRING NOT NULL,
  `member_id` STRING NOT NULL,
  `title_id` STRING NOT NULL,
  `profile_id` STRING,
  `genres` STRING,
  `device_type` STRING,
  `country` STRING,
  `artwork` STRING,
  `row` INT,
  `rank` INT,
  `dwell_ms` BIGINT,
  `utc_offset_min` INT,
  `artwork_propensity` DOUBLE,
  `known` STRING,
  `ingested` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp',
  happened AS TO_TIMESTAMP_LTZ(event_time - MOD(event_time, 1000), 3),
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:03.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'facts.hover',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'update_models',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '0',
  'properties.linger.ms' = '5',
  'properties.compression.type' = 'lz4',
  'key.format' = 'raw',
  'key.fields' = 'member_id',
  'value.format' = 'json',
  'value.fields-include' = 'ALL',
  'sink.delivery-guarantee' = 'at-least-once'
);

-- Looked up as they come, and not again: after a restart from where the group has come to.
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
  happened AS TO_TIMESTAMP_LTZ(event_time - MOD(event_time, 1000), 3),
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:03.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'valid.pause',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'update_models',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'group-offsets',
  'value.format' = 'avro'
);

-- What was known of each when it came, and for ever after in this log.
CREATE TEMPORARY TABLE facts_pause (
  `event_time` BIGINT NOT NULL,
  `event_id` STRING NOT NULL,
  `session_id` STRING NOT NULL,
  `title_id` STRING NOT NULL,
  `member_id` STRING NOT NULL,
  `profile_id` STRING,
  `genres` STRING,
  `device_type` STRING,
  `country` STRING,
  `position_ms` BIGINT,
  `runtime_ms` BIGINT,
  `utc_offset_min` INT,
  `known` STRING,
  `ingested` TIMESTAMP_LTZ(3) NOT NULL METADATA FROM 'timestamp',
  happened AS TO_TIMESTAMP_LTZ(event_time - MOD(event_time, 1000), 3),
  WATERMARK FOR happened AS
    CASE WHEN happened > ingested THEN ingested ELSE happened END - INTERVAL '0 00:00:03.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'facts.pause',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.group.id' = 'update_models',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '0',
  'properties.linger.ms' = '5',
  'properties.compression.type' = 'lz4',
  'key.format' = 'raw',
  'key.fields' = 'member_id',
  'value.format' = 'json',
  'value.fields-include' = 'ALL',
  'sink.delivery-guarantee' = 'at-least-once'
);

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
  'properties.group.id' = 'update_models',
  'properties.auto.offset.reset' = 'earliest',
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '0',
  'value.format' = 'avro'
);

-- Every hover, beside each play that followed it in time or beside none. The first bound is
-- what lets the join forget; the second is the window. What comes after the watermark is left out, for what
-- followed it may be forgotten: it would be a false zero.
CREATE TEMPORARY VIEW offers_followed AS
SELECT a.*, CASE WHEN b.event_id IS NULL THEN 0 ELSE 1 END AS followed
FROM (
  SELECT `happened`, `event_time`, `event_id`, `member_id`, `title_id`, `profile_id`, `genres`, `device_type`, `country`, `artwork`, `row`, `rank`, `dwell_ms`, `utc_offset_min`, `artwork_propensity`, `known`
  FROM facts_hover
  WHERE CURRENT_WATERMARK(happened) IS NULL OR happened > CURRENT_WATERMARK(happened)
) a
LEFT JOIN (SELECT * FROM valid_play WHERE DECODE(headers['verdict'], 'UTF-8') IN ('valid', 'warned')) b
  ON b.member_id = a.member_id AND b.title_id = a.title_id
  AND b.happened BETWEEN a.happened AND a.happened + INTERVAL '0 00:10:01.000' DAY TO SECOND(3)
  AND b.event_time BETWEEN a.event_time AND a.event_time + 600000;

-- One example each, however many followed and however often it was written: then with what was read first.
CREATE TEMPORARY VIEW offers AS
SELECT window_start, window_end, event_id, MAX(`event_time`) AS `event_time`, MAX(`followed`) AS `followed`, MAX(`member_id`) AS `member_id`, MAX(`profile_id`) AS `profile_id`, MAX(`title_id`) AS `title_id`, MAX(`genres`) AS `genres`, MAX(`device_type`) AS `device_type`, MAX(`country`) AS `country`, MAX(`artwork`) AS `artwork`, MIN(`known`) AS `known`, MAX(`row`) AS `row`, MAX(`rank`) AS `rank`, MAX(`dwell_ms`) AS `dwell_ms`, MAX(`utc_offset_min`) AS `utc_offset_min`, MAX(`artwork_propensity`) AS `artwork_propensity`
FROM TABLE(TUMBLE(TABLE offers_followed, DESCRIPTOR(happened), INTERVAL '0 00:00:01.000' DAY TO SECOND(3)))
GROUP BY window_start, window_end, event_id;

-- As texts: Python reads a batch of them in one go, where it would read rows field by field.
CREATE TEMPORARY VIEW offers_batches AS
SELECT ARRAY_AGG(JSON_ARRAY(`event_time`, `event_id`, `followed`, `member_id`, `profile_id`, `title_id`, `genres`, `device_type`, `country`, `artwork`, `known`, `row`, `rank`, `dwell_ms`, `utc_offset_min`, `artwork_propensity` NULL ON NULL)) AS batch
FROM offers
GROUP BY window_start, window_end;

-- Every pause, beside each play that followed it in time or beside none. The first bound is
-- what lets the join forget; the second is the window. What comes after the watermark is left out, for what
-- followed it may be forgotten: it would be a false zero.
CREATE TEMPORARY VIEW viewings_followed AS
SELECT a.*, CASE WHEN b.event_id IS NULL THEN 0 ELSE 1 END AS followed
FROM (
  SELECT `happened`, `event_time`, `event_id`, `session_id`, `title_id`, `member_id`, `profile_id`, `genres`, `device_type`, `country`, `position_ms`, `runtime_ms`, `utc_offset_min`, `known`
  FROM facts_pause
  WHERE CURRENT_WATERMARK(happened) IS NULL OR happened > CURRENT_WATERMARK(happened)
) a
LEFT JOIN (SELECT * FROM valid_play WHERE DECODE(headers['verdict'], 'UTF-8') IN ('valid', 'warned')) b
  ON b.session_id = a.session_id AND b.title_id = a.title_id
  AND b.happened BETWEEN a.happened AND a.happened + INTERVAL '0 00:10:01.000' DAY TO SECOND(3)
  AND b.event_time BETWEEN a.event_time AND a.event_time + 600000;

-- One example each, however many followed and however often it was written: then with what was read first.
CREATE TEMPORARY VIEW viewings AS
SELECT window_start, window_end, event_id, MAX(`event_time`) AS `event_time`, MAX(`followed`) AS `followed`, MAX(`member_id`) AS `member_id`, MAX(`profile_id`) AS `profile_id`, MAX(`title_id`) AS `title_id`, MAX(`genres`) AS `genres`, MAX(`device_type`) AS `device_type`, MAX(`country`) AS `country`, MIN(`known`) AS `known`, MAX(`position_ms`) AS `position_ms`, MAX(`runtime_ms`) AS `runtime_ms`, MAX(`utc_offset_min`) AS `utc_offset_min`
FROM TABLE(TUMBLE(TABLE viewings_followed, DESCRIPTOR(happened), INTERVAL '0 00:00:01.000' DAY TO SECOND(3)))
GROUP BY window_start, window_end, event_id;

-- As texts: Python reads a batch of them in one go, where it would read rows field by field.
CREATE TEMPORARY VIEW viewings_batches AS
SELECT ARRAY_AGG(JSON_ARRAY(`event_time`, `event_id`, `followed`, `member_id`, `profile_id`, `title_id`, `genres`, `device_type`, `country`, `known`, `position_ms`, `runtime_ms`, `utc_offset_min` NULL ON NULL)) AS batch
FROM viewings
GROUP BY window_start, window_end;

CREATE TEMPORARY TABLE published (`written` BOOLEAN) WITH ('connector' = 'blackhole');

-- Of each hover what is read now, at once, and not when its outcome is known:
--   profile_genre.take_rate_7d by profile_id, genres
--   profile_genre.completion_rate_7d by profile_id, genres
--   profile_genre.hovers_7d by profile_id, genres
--   profile_activity.hovers_7d by profile_id
--   title_engagement.take_rate_1h by title_id
--   title_popularity.completion_rate_24h by title_id
--   title_row_take.take_rate_24h by title_id, row
--   member_title.hovers_7d by member_id, title_id
--   member_title.takes_7d by member_id, title_id
INSERT INTO facts_hover
SELECT `event_time`, `event_id`, `member_id`, `title_id`, `profile_id`, `genres`, `device_type`, `country`, `artwork`, `row`, `rank`, `dwell_ms`, `utc_offset_min`, `artwork_propensity`, look_up_hover(`event_time`, `at`, `profile_id`, `genres`, `title_id`, `row`, `member_id`) AS `known`, ingested
FROM (
  SELECT `event_time`, `event_id`, `member_id`, `title_id`, `profile_id`, DECODE(headers['genres'], 'UTF-8') AS `genres`, `device_type`, `country`, `artwork`, `row`, `rank`, `dwell_ms`, `utc_offset_min`, `artwork_propensity`, ingested, CAST(ingested AS TIMESTAMP(3)) AS `at`
  FROM valid_hover
  WHERE DECODE(headers['verdict'], 'UTF-8') IN ('valid', 'warned')
);

-- Of each pause what is read now, at once, and not when its outcome is known:
--   profile_genre.take_rate_7d by profile_id, genres
--   profile_genre.completion_rate_7d by profile_id, genres
--   profile_genre.hovers_7d by profile_id, genres
--   profile_activity.hovers_7d by profile_id
--   title_engagement.take_rate_1h by title_id
--   title_popularity.completion_rate_24h by title_id
--   title_popularity.abandonment_rate_24h by title_id
INSERT INTO facts_pause
SELECT `event_time`, `event_id`, `session_id`, `title_id`, `member_id`, `profile_id`, `genres`, `device_type`, `country`, `position_ms`, `runtime_ms`, `utc_offset_min`, look_up_pause(`event_time`, `at`, `profile_id`, `genres`, `title_id`) AS `known`, ingested
FROM (
  SELECT `event_time`, `event_id`, `session_id`, `title_id`, `member_id`, `profile_id`, DECODE(headers['genres'], 'UTF-8') AS `genres`, `device_type`, `country`, `position_ms`, `runtime_ms`, `utc_offset_min`, ingested, CAST(ingested AS TIMESTAMP(3)) AS `at`
  FROM valid_pause
  WHERE DECODE(headers['verdict'], 'UTF-8') IN ('valid', 'warned')
);

-- take, ranking a page: a title that has the focus is played within the window.
-- Without a key there is one model, in one place, and its batches come in the order of their times.
-- Declared as af222e6411743ece: with another declaration this is another job, which begins without a state.
INSERT INTO published
SELECT publish_take(state)
FROM (SELECT learn_take(batch) AS state FROM offers_batches);

-- artwork, choosing the artwork of a title for a profile: a title that has the focus is played within the window, by the artwork that it is shown with.
-- Without a key there is one model, in one place, and its batches come in the order of their times.
-- Declared as 8bf155fb05a84a47: with another declaration this is another job, which begins without a state.
INSERT INTO published
SELECT publish_artwork(state)
FROM (SELECT learn_artwork(batch) AS state FROM offers_batches);

-- completion, ranking what is satisfying before what is merely clicked: a title that is played is watched to its end.
-- Without a key there is one model, in one place, and its batches come in the order of their times.
-- Declared as 4dc2355358de0105: with another declaration this is another job, which begins without a state.
INSERT INTO published
SELECT publish_completion(state)
FROM (SELECT learn_completion(batch) AS state FROM viewings_batches);

-- next_title, choosing candidates for a page: the title is what the member plays, and not another.
-- Without a key there is one model, in one place, and its batches come in the order of their times.
-- Declared as 09987275513ea7a2: with another declaration this is another job, which begins without a state.
INSERT INTO published
SELECT publish_next_title(state)
FROM (SELECT learn_next_title(batch) AS state FROM viewings_batches);
