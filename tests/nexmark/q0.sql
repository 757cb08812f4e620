-- Every bid as it is.
CREATE TABLE sink (auction BIGINT, bidder BIGINT, price BIGINT, ts TIMESTAMP(3), extra STRING) WITH (${sink});
INSERT INTO sink SELECT auction, bidder, price, ts, extra FROM bids;
