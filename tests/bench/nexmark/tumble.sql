-- Bids per auction in windows of ten seconds.
CREATE TABLE result (auction BIGINT, window_start TIMESTAMP(3), bids BIGINT) WITH ('connector' = 'blackhole', 'checksum' = 'true');
INSERT INTO result
SELECT auction, window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(at), INTERVAL '10' SECOND))
GROUP BY auction, window_start, window_end;
