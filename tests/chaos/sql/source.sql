-- The rows of workload.py. ${bootstrap} is the broker, ${source} the topic, ${skip} see workload.py.

SET 'execution.checkpointing.interval' = '${interval}';
SET 'pipeline.name' = 'chaos';
SET 'parallelism.default' = '${parallelism}';

CREATE TABLE source (
  p INT,
  n BIGINT,
  k STRING,
  seq BIGINT,
  at TIMESTAMP(3),
  WATERMARK FOR at AS at - INTERVAL '1' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = '${source}',
  'properties.bootstrap.servers' = '${bootstrap}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);
