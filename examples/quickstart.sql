-- Made-up page views, counted per page and second. No Kafka, no cluster:
--
--   millrace run examples/quickstart.sql            Ctrl-C ends it
--   millrace run examples/quickstart.sql --for 10s -o json
CREATE TABLE views (
  page INT,
  millis INT,
  at TIMESTAMP(3),
  WATERMARK FOR at AS at
) WITH (
  'connector' = 'datagen',
  'rows-per-second' = '1000',
  'fields.page.min' = '1',
  'fields.page.max' = '3',
  'fields.millis.min' = '5',
  'fields.millis.max' = '250'
);

SELECT window_start, page, COUNT(*) AS views, AVG(millis) AS average_millis, MAX(millis) AS slowest_millis
FROM TABLE(TUMBLE(TABLE views, DESCRIPTOR(at), INTERVAL '1' SECOND))
GROUP BY window_start, window_end, page;
