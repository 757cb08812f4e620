-- Totals of ${accounts} accounts: the first events open one account each; of the others nine in ten go to one of the first ${hot}, the
-- tenth to any.

SET 'pipeline.name' = 'checkpoint-figures';
SET 'execution.checkpointing.interval' = '${interval}';
SET 'parallelism.default' = '${parallelism}';

CREATE TABLE events (n BIGINT, picked BIGINT, amount BIGINT) WITH (
  'connector' = 'datagen',
  'rows-per-second' = '${rate}',
  'fields.n.kind' = 'sequence',
  'fields.n.start' = '0',
  'fields.n.end' = '1000000000000',
  'fields.picked.min' = '0',
  'fields.picked.max' = '${last_account}',
  'fields.amount.min' = '1',
  'fields.amount.max' = '10000'
);

CREATE TABLE totals (account BIGINT, events BIGINT, total BIGINT, smallest BIGINT, largest BIGINT) WITH ('connector' = 'blackhole');

INSERT INTO totals
SELECT account, COUNT(*), SUM(amount), MIN(amount), MAX(amount)
FROM (
  SELECT CASE WHEN n < ${accounts} THEN n WHEN MOD(n, 10) < 9 THEN MOD(picked, ${hot}) ELSE picked END AS account, amount
  FROM events
)
GROUP BY account;
