-- update_models: take

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
  'scan.startup.mode' = 'timestamp',
  'scan.startup.timestamp-millis' = '0',
  'value.format' = 'avro'
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

-- Every hover, beside each play that followed it in time or beside none. The first bound is what lets the
-- join forget; the second is the window. A hover that comes after the watermark is left out, for the plays
-- that followed it may be forgotten: it would be a false zero.
CREATE TEMPORARY VIEW hover_outcomes AS
SELECT h.*, CASE WHEN p.event_id IS NULL THEN 0 ELSE 1 END AS taken
FROM (
  SELECT *, DECODE(headers['genres'], 'UTF-8') AS `genres` FROM valid_hover
  WHERE DECODE(headers['verdict'], 'UTF-8') IN ('valid', 'warned') AND (CURRENT_WATERMARK(happened) IS NULL OR happened > CURRENT_WATERMARK(happened))
) h
LEFT JOIN (SELECT * FROM valid_play WHERE DECODE(headers['verdict'], 'UTF-8') IN ('valid', 'warned')) p
  ON p.member_id = h.member_id AND p.title_id = h.title_id
  AND p.happened BETWEEN h.happened AND h.happened + INTERVAL '0 00:10:01.000' DAY TO SECOND(3)
  AND p.event_time BETWEEN h.event_time AND h.event_time + 600000;

-- One example a hover, however many plays followed and however often the gate wrote it.
CREATE TEMPORARY VIEW take_examples AS
SELECT window_start, window_end, event_id, MAX(`event_time`) AS `event_time`, MAX(`member_id`) AS `member_id`, MAX(`title_id`) AS `title_id`, MAX(`device_type`) AS `device_type`, MAX(`country`) AS `country`, MAX(`genres`) AS `genres`, MAX(`row`) AS `row`, MAX(`rank`) AS `rank`, MAX(`dwell_ms`) AS `dwell_ms`, MAX(taken) AS taken
FROM TABLE(TUMBLE(TABLE hover_outcomes, DESCRIPTOR(happened), INTERVAL '0 00:00:01.000' DAY TO SECOND(3)))
GROUP BY window_start, window_end, event_id;

CREATE TEMPORARY VIEW take_batches AS
SELECT ARRAY_AGG(ROW(`event_time`, `event_id`, `taken`, `member_id`, `title_id`, `device_type`, `country`, `genres`, `row`, `rank`, `dwell_ms`)) AS batch
FROM take_examples
GROUP BY window_start, window_end;

CREATE TEMPORARY TABLE published (`written` BOOLEAN) WITH ('connector' = 'blackhole');

-- Without a key there is one model, in one place, and its batches come in the order of their times.
-- Declared as 89fa52aebef5ea36: with another declaration this is another job, which begins without a state.
INSERT INTO published
SELECT publish_take(state)
FROM (SELECT learn_take(batch) AS state FROM take_batches);
