-- Bids of every bidder in ten seconds of processing time. What falls into which window differs from run to run.
CREATE TABLE sink (bidder BIGINT, bids BIGINT, began TIMESTAMP(3), ended TIMESTAMP(3)) WITH (${sink});
CREATE VIEW stamped AS SELECT bidder, PROCTIME() AS arrived FROM bids;
INSERT INTO sink
SELECT bidder, COUNT(*), window_start, window_end
FROM TABLE(TUMBLE(TABLE stamped, DESCRIPTOR(arrived), INTERVAL '10' SECOND))
GROUP BY bidder, window_start, window_end;
