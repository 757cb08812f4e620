-- How often each key came so far: state that only grows.

CREATE TABLE running (k STRING, cnt BIGINT, last_n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH (
  'connector' = 'upsert-kafka',
  'topic' = '${running}',
  'properties.bootstrap.servers' = '${bootstrap}',
  'properties.transaction.timeout.ms' = '${transaction_timeout_ms}',
  'properties.delivery.timeout.ms' = '${transaction_timeout_ms}',
  'sink.delivery-guarantee' = '${guarantee}',
  'key.format' = 'json',
  'value.format' = 'json'
);

INSERT INTO running SELECT k, COUNT(*), MAX(n) FROM source GROUP BY k;
