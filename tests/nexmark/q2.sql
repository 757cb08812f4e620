-- Bids on some auctions.
CREATE TABLE sink (auction BIGINT, price BIGINT) WITH (${sink});
INSERT INTO sink SELECT auction, price FROM bids WHERE MOD(auction, 3) = 0;
