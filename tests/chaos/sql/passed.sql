-- Every row, to the partition of its key: a transaction of a slot spans partitions.

CREATE TABLE passed (p INT, n BIGINT, k STRING, seq BIGINT, at TIMESTAMP(3)) WITH (
  'connector' = 'kafka',
  'topic' = '${passed}',
  'properties.bootstrap.servers' = '${bootstrap}',
  'properties.transaction.timeout.ms' = '${transaction_timeout_ms}',
  'properties.delivery.timeout.ms' = '${transaction_timeout_ms}',
  'sink.delivery-guarantee' = '${guarantee}',
  'key.format' = 'raw',
  'key.fields' = 'k',
  'format' = 'json'
);

INSERT INTO passed SELECT p, n, k, seq, at FROM source WHERE n >= ${skip};
