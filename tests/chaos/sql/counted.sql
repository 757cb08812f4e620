-- What fell into each second, by key.

CREATE TABLE counted (k STRING, window_start TIMESTAMP(3), cnt BIGINT, first_n BIGINT, last_n BIGINT) WITH (
  'connector' = 'kafka',
  'topic' = '${counted}',
  'properties.bootstrap.servers' = '${bootstrap}',
  'properties.transaction.timeout.ms' = '${transaction_timeout_ms}',
  'properties.delivery.timeout.ms' = '${transaction_timeout_ms}',
  'sink.delivery-guarantee' = '${guarantee}',
  'key.format' = 'raw',
  'key.fields' = 'k',
  'format' = 'json'
);

INSERT INTO counted
SELECT k, window_start, COUNT(*), MIN(n), MAX(n)
FROM TABLE(TUMBLE(TABLE source, DESCRIPTOR(at), INTERVAL '1' SECOND))
WHERE n >= ${skip}
GROUP BY k, window_start, window_end;
