-- Bids of every bidder in sessions that two seconds without a bid end.
CREATE TABLE sink (bidder BIGINT, bids BIGINT, began TIMESTAMP(3), ended TIMESTAMP(3)) WITH (${sink});
INSERT INTO sink
SELECT bidder, COUNT(*), SESSION_START(ts, INTERVAL '2' SECOND), SESSION_END(ts, INTERVAL '2' SECOND)
FROM bids
GROUP BY bidder, SESSION(ts, INTERVAL '2' SECOND);
