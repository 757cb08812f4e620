-- Every bid into the folder of its day and minute.
CREATE TABLE sink (auction BIGINT, bidder BIGINT, price BIGINT, ts TIMESTAMP(3), extra STRING, dt STRING, hm STRING)
PARTITIONED BY (dt, hm)
WITH (${sink}, 'sink.partition-commit.trigger' = 'partition-time', 'sink.partition-commit.policy.kind' = 'success-file',
      'partition.time-extractor.timestamp-pattern' = '$dt $hm:00');
INSERT INTO sink
SELECT auction, bidder, price, ts, extra, DATE_FORMAT(ts, 'yyyy-MM-dd'), DATE_FORMAT(ts, 'HH:mm') FROM bids;
