-- People who came and opened an auction within the same ten seconds.
CREATE TABLE sink (id BIGINT, name STRING, since TIMESTAMP(3)) WITH (${sink});
INSERT INTO sink
SELECT came.id, came.name, came.opened
FROM (
  SELECT id, name, window_start AS opened, window_end AS closed
  FROM TABLE(TUMBLE(TABLE people, DESCRIPTOR(ts), INTERVAL '10' SECOND))
  GROUP BY id, name, window_start, window_end
) AS came
JOIN (
  SELECT seller, window_start AS opened, window_end AS closed
  FROM TABLE(TUMBLE(TABLE auctions, DESCRIPTOR(ts), INTERVAL '10' SECOND))
  GROUP BY seller, window_start, window_end
) AS sold
ON came.id = sold.seller AND came.opened = sold.opened AND came.closed = sold.closed;
