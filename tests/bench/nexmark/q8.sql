-- New sellers: the people who came and opened an auction in the same ten seconds.
CREATE TABLE result (id BIGINT, name STRING, came TIMESTAMP(3)) WITH ('connector' = 'blackhole', 'checksum' = 'true');
CREATE VIEW people AS SELECT person.id AS id, person.name AS name, at FROM nexmark WHERE event_type = 0;
CREATE VIEW auctions AS SELECT auction.seller AS seller, at FROM nexmark WHERE event_type = 1;
INSERT INTO result
SELECT newcomer.id, newcomer.name, newcomer.opened
FROM (
  SELECT id, name, window_start AS opened, window_end AS closed
  FROM TABLE(TUMBLE(TABLE people, DESCRIPTOR(at), INTERVAL '10' SECOND))
  GROUP BY id, name, window_start, window_end
) AS newcomer
JOIN (
  SELECT seller, window_start AS opened, window_end AS closed
  FROM TABLE(TUMBLE(TABLE auctions, DESCRIPTOR(at), INTERVAL '10' SECOND))
  GROUP BY seller, window_start, window_end
) AS seller
ON newcomer.opened = seller.opened AND newcomer.closed = seller.closed AND newcomer.id = seller.seller;
