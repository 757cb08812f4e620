CREATE TABLE source (p INT, n BIGINT, k STRING, seq BIGINT, `at` TIMESTAMP(3)) WITH (
  'connector' = 'kafka',
  'topic' = '${source}',
  'properties.bootstrap.servers' = '${bootstrap}',
  'properties.group.id' = '${source}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE passed (p INT, n BIGINT, k STRING, seq BIGINT, `at` TIMESTAMP(3)) WITH (
  'connector' = 'kafka',
  'topic' = '${passed}',
  'properties.bootstrap.servers' = '${bootstrap}',
  'properties.transaction.timeout.ms' = '${transaction_timeout_ms}',
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = '${passed}',
  'format' = 'json'
);

INSERT INTO passed SELECT p, n, k, seq, `at` FROM source;
