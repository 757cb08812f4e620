-- Fraud on payment cards: an alert for every card and minute in which more than 5,000.00 was spent (rule 'amount') or in which
-- there were more than 10 transactions (rule 'velocity').
--
-- ${bootstrap} is the Kafka broker, ${transactions} and ${alerts} are topics.

SET 'execution.checkpointing.interval' = '1 s';
SET 'pipeline.name' = 'fraud';
SET 'parallelism.default' = '4';  -- A task for each partition of the transactions.

-- Transactions come up to five seconds out of order.
CREATE TABLE transactions (
  id BIGINT,
  card STRING,
  merchant STRING,
  amount DECIMAL(10, 2),
  country STRING,
  at TIMESTAMP(3),
  WATERMARK FOR at AS at - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = '${transactions}',
  'properties.bootstrap.servers' = '${bootstrap}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE alerts (
  `rule` STRING,
  card STRING,
  window_start TIMESTAMP(3),
  window_end TIMESTAMP(3),
  transactions BIGINT,
  amount DECIMAL(38, 2)
) WITH (
  'connector' = 'kafka',
  'topic' = '${alerts}',
  'properties.bootstrap.servers' = '${bootstrap}',
  'format' = 'json',
  'json.encode.decimal-as-plain-number' = 'true'
);

EXECUTE STATEMENT SET BEGIN

INSERT INTO alerts
SELECT 'amount', card, window_start, window_end, COUNT(*), SUM(amount)
FROM TABLE(TUMBLE(TABLE transactions, DESCRIPTOR(at), INTERVAL '1' MINUTE))
GROUP BY card, window_start, window_end
HAVING SUM(amount) > 5000;

INSERT INTO alerts
SELECT 'velocity', card, window_start, window_end, COUNT(*), SUM(amount)
FROM TABLE(TUMBLE(TABLE transactions, DESCRIPTOR(at), INTERVAL '1' MINUTE))
GROUP BY card, window_start, window_end
HAVING COUNT(*) > 10;

END;
