-- Every row once more, into part files: a crash between the two names of a file shows here.

CREATE TABLE filed (p INT, n BIGINT, k STRING, seq BIGINT, at TIMESTAMP(3)) WITH (
  'connector' = 'filesystem',
  'path' = '${filed}',
  'format' = 'json'
);

INSERT INTO filed SELECT p, n, k, seq, at FROM source WHERE n >= ${skip};
