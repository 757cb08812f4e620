-- Prices in another currency.
CREATE TABLE sink (auction BIGINT, bidder BIGINT, price DECIMAL(23, 3), ts TIMESTAMP(3)) WITH (${sink});
INSERT INTO sink SELECT auction, bidder, 0.908 * price, ts FROM bids;
