// The statements and clauses that are read although nothing runs them yet. Each stands here as the
// unparser writes it, so that one text shows what is read and that nothing of it is lost.
#include "tests/unit/coordinator/sql/parse/parsed_text.h"

namespace millrace {
namespace {

// clang-format off
constexpr std::string_view kStatements[] = {
      R"(ALTER CATALOG c SET ('a' = 'b'))",
      R"(ALTER CATALOG c RESET ('a', 'b'))",
      R"(ALTER CATALOG c COMMENT 'x')",
      R"(ALTER DATABASE d SET ('a' = 'b'))",
      R"(ALTER TEMPORARY SYSTEM FUNCTION IF EXISTS f AS 'x.Y' LANGUAGE JAVA)",
      R"(ALTER MATERIALIZED TABLE t SUSPEND)",
      R"(ALTER MATERIALIZED TABLE t RESUME WITH ('a' = 'b'))",
      R"(ALTER MATERIALIZED TABLE t REFRESH PARTITION (a = 1))",
      R"(ALTER MATERIALIZED TABLE t SET FRESHNESS = INTERVAL '1' MINUTE)",
      R"(ALTER MATERIALIZED TABLE t SET REFRESH_MODE = FULL)",
      R"(ALTER MODEL m RENAME TO n)",
      R"(ALTER TABLE IF EXISTS a.t RENAME TO u)",
      R"(ALTER TABLE t RENAME a TO b)",
      R"(ALTER TABLE t SET ('a' = 'b'))",
      R"(ALTER TABLE t RESET ('a'))",
      R"(ALTER TABLE t ADD a INT COMMENT 'x' AFTER b)",
      R"(ALTER TABLE t ADD ( a INT FIRST, PRIMARY KEY (a) NOT ENFORCED, WATERMARK FOR ts AS ts ))",
      R"(ALTER TABLE t ADD DISTRIBUTION BY HASH(a) INTO 4 BUCKETS)",
      R"(ALTER TABLE t ADD IF NOT EXISTS PARTITION (a = 1) WITH ('x' = 'y') PARTITION (a = 2))",
      R"(ALTER TABLE t MODIFY a BIGINT)",
      R"(ALTER TABLE t DROP a)",
      R"(ALTER TABLE t DROP (a, b))",
      R"(ALTER TABLE t DROP PRIMARY KEY)",
      R"(ALTER TABLE t DROP CONSTRAINT c)",
      R"(ALTER TABLE t DROP WATERMARK)",
      R"(ALTER TABLE t DROP IF EXISTS PARTITION (a = 1), PARTITION (a = 2))",
      R"(ALTER VIEW v AS SELECT 1)",
      R"(ADD JAR 'x.jar')",
      R"(ANALYZE TABLE t PARTITION (a = 1, b) COMPUTE STATISTICS FOR COLUMNS c, d)",
      R"(ANALYZE TABLE t COMPUTE STATISTICS FOR ALL COLUMNS)",
      R"(CALL a.p(1, x => 'y'))",
      R"(COMPILE AND EXECUTE PLAN 'x' FOR INSERT INTO a SELECT 1)",
      R"(COMPILE PLAN 'x' IF NOT EXISTS FOR STATEMENT SET BEGIN INSERT INTO a SELECT 1; END)",
      R"(CREATE CATALOG IF NOT EXISTS c COMMENT 'x' WITH ('type' = 'y'))",
      R"(CREATE DATABASE d)",
      R"(CREATE MATERIALIZED TABLE t ( PRIMARY KEY (a) NOT ENFORCED ) PARTITIONED BY (a) FRESHNESS = INTERVAL '1' MINUTE AS SELECT 1)",
      R"(CREATE TEMPORARY MODEL m INPUT ( a INT, b STRING ) OUTPUT ( c INT ) WITH ('a' = 'b'))",
      R"(DELETE FROM t WHERE a = 1)",
      R"(DESCRIBE CATALOG EXTENDED c)",
      R"(DESCRIBE JOB 'x')",
      R"(DROP CATALOG IF EXISTS c)",
      R"(DROP DATABASE d CASCADE)",
      R"(EXECUTE PLAN 'x')",
      R"(LOAD MODULE m WITH ('a' = 'b'))",
      R"(SHOW FULL MODULES)",
      R"(SHOW PARTITIONS t PARTITION (a = -1))",
      R"(SHOW PROCEDURES IN d NOT ILIKE 'x')",
      R"(STOP JOB 'x' WITH SAVEPOINT WITH DRAIN)",
      R"(TRUNCATE TABLE t)",
      R"(UNLOAD MODULE m)",
      R"(UPDATE t SET a = 1, b = c + 1 WHERE d)",
      R"(USE MODULES a, b)",
      R"(SHOW FUNCTIONS FROM d ILIKE 'x')",
      R"(CREATE FUNCTION IF NOT EXISTS a.f AS 'x.Y' LANGUAGE JAVA USING JAR 'a', JAR 'b' WITH ('a' = 'b'))",
      R"(CREATE TEMPORARY SYSTEM FUNCTION f AS 'x.Y')",
      R"(CREATE FUNCTION f(a INT, b STRING) RETURNS INT RETURN a + 1)",
      R"(CREATE FUNCTION f() RETURN 1)",
      R"(DROP TEMPORARY SYSTEM FUNCTION IF EXISTS f)",
      R"(CREATE TABLE t WITH ('a' = 'b') AS SELECT 1)",
      R"(CREATE TABLE t (a, b) AS SELECT 1, 2)",
      R"(CREATE OR REPLACE TABLE t (a AS b + 1) DISTRIBUTED BY HASH(b) INTO 4 BUCKETS AS SELECT b FROM u)",
      R"(CREATE TABLE t (a INT) DISTRIBUTED INTO 4 BUCKETS)",
      R"(CREATE OR REPLACE VIEW v AS SELECT 1)",
      R"(CREATE MATERIALIZED VIEW v AS SELECT 1)",
      R"(INSERT OVERWRITE t PARTITION (a = 1, b = 'x') (c) SELECT 1)",
      R"(EXPLAIN CREATE TABLE t AS SELECT 1)",
      R"(CREATE TABLE t (a RAW('c', 's'), b MULTISET<INT>, c STRUCTURED<'x.Y', d INT>, e VARIANT))",
};

constexpr std::string_view kQueries[] = {
      R"(WITH RECURSIVE a AS (SELECT 1) SELECT * FROM a)",
      R"(SELECT a FROM t GROUP BY DISTINCT ROLLUP (a), CUBE (b))",
      R"(SELECT * FROM t TABLESAMPLE BERNOULLI (10) REPEATABLE (3))",
      R"(SELECT * FROM t AS u TABLESAMPLE SYSTEM (0.5) CROSS JOIN LATERAL UNNEST(u.a) AS v(b))",
      R"(SELECT MULTISET[1, 2], ARRAY(SELECT 1), MULTISET(SELECT 1), MAP(SELECT 1, 2))",
      R"(SELECT * FROM TABLE(ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(a))))",
      R"(SELECT * FROM t MATCH_RECOGNIZE (PARTITION BY a, b ORDER BY c MEASURES FINAL LAST(A.x) AS y, MATCH_NUMBER() AS z ONE ROW PER MATCH AFTER MATCH SKIP TO FIRST B PATTERN (A B+ (C | D E)*? {- F{2} -} PERMUTE(G, H){,3} (I?){1,2}) WITHIN INTERVAL '1' HOUR SUBSET U = (A, B) DEFINE A AS A.x > PREV(A.x, 1), B AS TRUE) AS m)",
      R"(SELECT * FROM (SELECT 1) MATCH_RECOGNIZE (AFTER MATCH SKIP PAST LAST ROW PATTERN (^ A{3,} $) DEFINE A AS TRUE))",
};
// clang-format on

TEST(WholeDialectTest, StatementsKeepAllTheirParts) {
  for (const std::string_view text : kStatements) EXPECT_EQ(Text(text), text);
}

TEST(WholeDialectTest, QueriesKeepAllTheirParts) {
  for (const std::string_view text : kQueries) EXPECT_EQ(Text(text), text);
}

TEST(WholeDialectTest, OtherWaysToWriteThemGiveTheSameTree) {
  constexpr Reading kReadings[] = {
      {"desc database d", "DESCRIBE DATABASE d"},
      {"REPLACE TABLE t AS SELECT 1", "CREATE OR REPLACE TABLE t AS SELECT 1"},
      {"DROP TABLE t", "DROP TABLE t"},
      {"DELETE FROM t u WHERE u.a", "DELETE FROM t u WHERE u.a"},
      {"SELECT * FROM t MATCH_RECOGNIZE (AFTER MATCH SKIP TO a PATTERN (a{0,} b{1,1}) DEFINE a AS "
       "b)",
       "SELECT * FROM t MATCH_RECOGNIZE (AFTER MATCH SKIP TO LAST a PATTERN (a* b{1}) DEFINE a AS "
       "b)"},
      {"CREATE TABLE t (a INT MULTISET, b REAL, c BINARY VARYING(3))",
       "CREATE TABLE t (a MULTISET<INT>, b FLOAT, c VARBINARY(3))"},
  };
  for (const Reading& reading : kReadings) {
    EXPECT_EQ(Text(reading.text), reading.expected) << reading.text;
  }
}

TEST(WholeDialectTest, WhatFlinkWouldRefuseIsNoted) {
  EXPECT_EQ(Parsed("SELECT a, `value` FROM t WHERE b = 'c'; SET 'a' = 'b'").additions.size(), 0);
  constexpr std::string_view kAdditions[] = {
      "SELECT value FROM t",
      "SELECT \"a\" FROM t",
      "SELECT a::INT FROM t",
      "SELECT CAST(a AS TEXT) FROM t",
      "CREATE TABLE t (a INT) WITH (connector = 'x')",
      "CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (a))",
      "CREATE FUNCTION f(a INT) RETURN a",
      "CREATE MATERIALIZED VIEW v AS SELECT 1",
      "SET a = b",
  };
  for (const std::string_view text : kAdditions) {
    EXPECT_GE(Parsed(text).additions.size(), 1) << text;
  }
}

}  // namespace
}  // namespace millrace
