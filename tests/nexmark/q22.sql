-- The folders of the URL.
CREATE TABLE sink (auction BIGINT, dir1 STRING, dir2 STRING, dir3 STRING) WITH (${sink});
INSERT INTO sink SELECT auction, SPLIT_INDEX(url, '/', 3), SPLIT_INDEX(url, '/', 4), SPLIT_INDEX(url, '/', 5) FROM bids;
