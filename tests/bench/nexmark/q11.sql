-- Bids of every bidder in sessions that ten seconds without a bid end.
CREATE TABLE result (bidder BIGINT, bids BIGINT, began TIMESTAMP(3), ended TIMESTAMP(3))
WITH ('connector' = 'blackhole', 'checksum' = 'true');
INSERT INTO result
SELECT bidder, COUNT(*), SESSION_START(at, INTERVAL '10' SECOND), SESSION_END(at, INTERVAL '10' SECOND)
FROM bids
GROUP BY bidder, SESSION(at, INTERVAL '10' SECOND);
