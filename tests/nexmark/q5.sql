-- Hot items: the auctions with the most bids of ten seconds, every two.
CREATE TABLE sink (auction BIGINT, bids BIGINT) WITH (${sink});
INSERT INTO sink
SELECT hot.auction, hot.n
FROM (
  SELECT auction, COUNT(*) AS n, window_start AS opened, window_end AS closed
  FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '10' SECOND))
  GROUP BY auction, window_start, window_end
) AS hot
JOIN (
  SELECT MAX(n) AS most, opened, closed
  FROM (
    SELECT COUNT(*) AS n, window_start AS opened, window_end AS closed
    FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '10' SECOND))
    GROUP BY auction, window_start, window_end
  )
  GROUP BY opened, closed
) AS top
ON hot.opened = top.opened AND hot.closed = top.closed AND hot.n >= top.most;
