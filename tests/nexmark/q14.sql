-- Bids of a range of prices, by the time of day, with a count that is a function of the user's.
CREATE FUNCTION count_char AS 'com.github.nexmark.flink.udf.CountChar';
CREATE TABLE sink (auction BIGINT, bidder BIGINT, price DECIMAL(23, 3), part_of_day STRING, ts TIMESTAMP(3), c BIGINT) WITH (${sink});
INSERT INTO sink
SELECT auction, bidder, 0.908 * price,
  CASE WHEN HOUR(ts) BETWEEN 8 AND 18 THEN 'day' WHEN HOUR(ts) <= 6 OR HOUR(ts) >= 20 THEN 'night' ELSE 'between' END,
  ts, count_char(extra, 'c')
FROM bids
WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000;
