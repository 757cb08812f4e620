-- The events of the benchmark's generator: one JSON object each, of which one of person, auction and bid is set.
CREATE TABLE events (
  event_type INT,
  person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, `dateTime` TIMESTAMP(3), extra STRING>,
  auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, `dateTime` TIMESTAMP(3),
              expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, `dateTime` TIMESTAMP(3), extra STRING>,
  ts AS CASE event_type WHEN 0 THEN person.`dateTime` WHEN 1 THEN auction.`dateTime` ELSE bid.`dateTime` END,
  WATERMARK FOR ts AS ts - INTERVAL '4' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${events}', 'format' = 'json');

CREATE VIEW people AS SELECT person.id, person.name, ts FROM events WHERE event_type = 0;
CREATE VIEW auctions AS SELECT auction.id, auction.seller, ts FROM events WHERE event_type = 1;
CREATE VIEW bids AS
SELECT bid.auction, bid.bidder, bid.price, bid.channel, bid.url, ts, bid.extra FROM events WHERE event_type = 2;
