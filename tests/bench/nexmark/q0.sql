-- Pass-through: every bid, five columns.
CREATE TABLE result (auction BIGINT, bidder BIGINT, price BIGINT, at TIMESTAMP(3), extra STRING)
WITH ('connector' = 'blackhole', 'checksum' = 'true');
INSERT INTO result SELECT auction, bidder, price, at, extra FROM bids;
