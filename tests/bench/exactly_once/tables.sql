-- ${bootstrap} is the broker, ${input} and ${output} are topics.

SET 'pipeline.name' = 'pass-through';

-- Records as they are in the input topic.
CREATE TABLE orders (id BIGINT, customer BIGINT, amount BIGINT, note STRING, produced TIMESTAMP(3)) WITH (
  'connector' = 'kafka',
  'topic' = '${input}',
  'properties.bootstrap.servers' = '${bootstrap}',
  'scan.startup.mode' = '${from}',
  'scan.bounded.mode' = '${until}',
  'format' = 'json'
);

CREATE TABLE passed (id BIGINT, customer BIGINT, amount BIGINT, note STRING, produced TIMESTAMP(3)) WITH (
  'connector' = 'kafka',
  'topic' = '${output}',
  'properties.bootstrap.servers' = '${bootstrap}',
  'sink.delivery-guarantee' = '${guarantee}',
  'format' = 'json'
);

INSERT INTO passed SELECT id, customer, amount, note, produced FROM orders;
