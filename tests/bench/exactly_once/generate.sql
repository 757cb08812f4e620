-- Orders for the input topic: ${rate} a second, ${rows} of them. `produced` is the time at which each was made.

SET 'execution.checkpointing.interval' = '1 s';
SET 'parallelism.default' = '1';

CREATE TABLE made (id BIGINT, customer BIGINT, amount BIGINT, note STRING, produced TIMESTAMP(3)) WITH (
  'connector' = 'datagen',
  'rows-per-second' = '${rate}',
  'number-of-rows' = '${rows}',
  'fields.id.kind' = 'sequence',
  'fields.id.start' = '0',
  'fields.id.end' = '1000000000000',
  'fields.customer.min' = '0',
  'fields.customer.max' = '99999',
  'fields.amount.min' = '1',
  'fields.amount.max' = '10000',
  'fields.note.length' = '40'
);

CREATE TABLE orders (id BIGINT, customer BIGINT, amount BIGINT, note STRING, produced TIMESTAMP(3)) WITH (
  'connector' = 'kafka',
  'topic' = '${input}',
  'properties.bootstrap.servers' = '${bootstrap}',
  'sink.delivery-guarantee' = 'at-least-once',
  'format' = 'json'
);

INSERT INTO orders SELECT id, customer, amount, note, produced FROM made;
