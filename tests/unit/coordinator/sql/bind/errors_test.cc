// Every error has a place, a code, and where there is one a remedy: the table is the specification.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tests/unit/coordinator/sql/bind/bound_script.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::Not;

struct ErrorCase {
  const char* sql;
  const char* error;  // As people read it; the lines that repeat the script are left out.
};

// "1:8: error MR2002: ..." and hints.
std::string Shown(const std::string& sql) {
  std::vector<std::string> kept;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(ErrorsOf(sql), '\n'))) {
    if (line.find(" | ") != std::string::npos) continue;
    kept.emplace_back(absl::StripLeadingAsciiWhitespace(line));
  }
  return absl::StrJoin(kept, "\n");
}

void Check(const std::vector<ErrorCase>& cases) {
  for (const ErrorCase& test : cases) EXPECT_EQ(Shown(test.sql), test.error) << test.sql;
}

TEST(ErrorsTest, AnErrorIsShownWithItsLineAndACaret) {
  EXPECT_EQ(ErrorsOf("SELECT id\nFROM orders WHERE prise > 3"),
            "2:19: error MR2002: there is no column 'prise'\n  2 | FROM orders WHERE prise > 3\n   "
            " |                   ^^^^^\n  hint: did you mean 'price'?");
}

TEST(ErrorsTest, Names) {
  Check({
      {"SELECT id FROM order_s",
       "1:16: error MR2001: there is no table or view 'order_s'\nhint: did you mean 'orders'?"},
      {"SELECT ID FROM orders",
       "1:8: error MR2002: there is no column 'ID'\nhint: did you mean 'id'?"},
      {"SELECT xyz FROM numbers_of",
       "1:17: error MR2001: there is no table or view 'numbers_of'\nhint: did you mean 'numbers'?"},
      {"SELECT xyz FROM orders",
       "1:8: error MR2002: there is no column 'xyz'\nhint: the columns are id, price, quantity, "
       "note"},
      {"SELECT o.prices FROM orders AS o",
       "1:10: error MR2002: there is no column 'prices' of 'o'\nhint: did you mean 'price'?"},
      {"SELECT orders.id FROM orders AS o",
       "1:8: error MR2002: there is no table or column 'orders'\nhint: FROM has o"},
      {"SELECT event.kind FROM events",
       "1:8: error MR2002: there is no table or column 'event'\nhint: did you mean 'events'?"},
      {"SELECT bidd.price FROM events",
       "1:8: error MR2002: there is no table or column 'bidd'\nhint: did you mean 'bid'?"},
      {"SELECT a FROM (SELECT id AS a, note AS a FROM orders)",
       "1:8: error MR2003: the column name 'a' is ambiguous: 2 columns are called so\nhint: give "
       "them different names with AS where they are selected"},
      {"SELECT bid.auktion FROM events",
       "1:12: error MR2002: the ROW has no field 'auktion'\nhint: did you mean 'auction'?"},
      {"SELECT kind.x FROM events",
       "1:13: error MR2002: there is no field 'x': the value before it is INT, not a ROW"},
      {"SELECT x.* FROM events", "1:8: error MR2001: there is no table or ROW column 'x' in FROM"},
  });
}

TEST(ErrorsTest, Functions) {
  Check({
      {"SELECT UPER(note) FROM orders",
       "1:8: error MR2004: there is no function UPER\nhint: did you mean 'UPPER'?"},
      {"SELECT COUNT(*) FILTER (WHERE COUNT(*) > 1) FROM TABLE(TUMBLE(TABLE clicks, "
       "DESCRIPTOR(at), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end",
       "1:31: error MR2009: COUNT is an aggregate function, which an aggregate function cannot "
       "hold"},
      {"SELECT id FROM orders WHERE COUNT(*) > 1",
       "1:29: error MR2009: COUNT is an aggregate function, which WHERE cannot hold"},
      {"SELECT UPPER(DISTINCT note) FROM orders",
       "1:8: error MR2005: DISTINCT is for aggregate functions, and UPPER is none"},
  });
}

TEST(ErrorsTest, Types) {
  Check({
      {"SELECT id FROM orders WHERE id",
       "1:29: error MR2008: WHERE needs a BOOLEAN, this is BIGINT"},

      {"SELECT CAST(bid AS INT) FROM events",
       "1:8: error MR2006: a value of type ROW<auction BIGINT, price BIGINT, place ROW<city "
       "STRING>> cannot be cast to INT"},
      {"SELECT DATE '2024-02-30' FROM orders",
       "1:8: error MR2007: '2024-02-30' is no date\nhint: write DATE '2024-01-31'"},
      {"SELECT NULL FROM orders",
       "1:8: error MR2014: a bare NULL has no type\nhint: write CAST(NULL AS type)"},
      {"SELECT 1234567890123456789012345678901234567890 FROM orders",
       "1:8: error MR2007: the number has more than 38 digits"},
  });
}

TEST(ErrorsTest, Inserts) {
  Check({
      {"INSERT INTO pages SELECT id FROM orders",
       "1:19: error MR2013: 'pages' takes 2 columns (page, n), the query gives 1 (id)"},
      {"INSERT INTO pages SELECT note, note FROM orders",
       "1:32: error MR2013: the column 'n' of 'pages' is BIGINT, the query gives STRING "
       "('note')\nhint: write CAST(note AS BIGINT)"},
      {"INSERT INTO pages (page, m) SELECT note, id FROM orders",
       "1:26: error MR2002: there is no column 'm' of 'pages'"},
      {"INSERT INTO clicks SELECT * FROM clicks",
       "1:13: error MR2017: table 'clicks': the connector 'datagen' can only be read from"},
      {"CREATE VIEW v AS SELECT id FROM orders; INSERT INTO v SELECT id FROM orders",
       "1:53: error MR2013: 'v' is a view; INSERT needs a table"},
      {"SELECT page FROM pages",
       "1:18: error MR2017: table 'pages': the connector 'blackhole' can only be written to"},
  });
}

TEST(ErrorsTest, WindowsAndGroups) {
  const char* kForm = "TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(at), INTERVAL '1' MINUTE))";
  EXPECT_EQ(Shown(absl::StrCat("SELECT page, id FROM ", kForm,
                               " GROUP BY page, window_start, window_end")),
            "1:14: error MR2010: column 'id' is neither in GROUP BY nor in an aggregate function");
  Check({
      {"SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(id), INTERVAL '1' MINUTE))",
       "1:53: error MR2011: a window needs a time attribute, and 'id' is none\nhint: declare "
       "WATERMARK FOR the column in CREATE TABLE, or a column AS PROCTIME(), and pass it on "
       "unchanged"},
      {"SELECT * FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(at), INTERVAL '0' MINUTE))",
       "1:58: error MR2011: the size of a window must be a positive INTERVAL of days to "
       "seconds\nhint: write INTERVAL '10' SECOND"},
      {"SELECT * FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(at)))",
       "1:21: error MR2011: the argument SIZE of TUMBLE is missing\nhint: write TUMBLE(TABLE t, "
       "DESCRIPTOR(time_column), INTERVAL '1' MINUTE)"},
      {"SELECT TUMBLE_START(at, INTERVAL '2' MINUTE) FROM clicks GROUP BY TUMBLE(at, INTERVAL '1' "
       "MINUTE)",
       "1:8: error MR2011: TUMBLE_START must repeat the arguments of TUMBLE in GROUP BY"},
      {"SELECT HOP_START(at, INTERVAL '1' MINUTE) FROM clicks GROUP BY TUMBLE(at, INTERVAL '1' "
       "MINUTE)",
       "1:8: error MR2011: HOP_START must repeat the arguments of HOP in GROUP BY"},
      {"SELECT COUNT(*) FROM clicks GROUP BY HOP(at, INTERVAL '1' MINUTE)",
       "1:38: error MR2011: GROUP BY takes one window, HOP(time, slide, size)"},
      {"SELECT * FROM TABLE(HOP(TABLE clicks, DESCRIPTOR(at), INTERVAL '2' MINUTE, INTERVAL '5' "
       "MINUTE))",
       "1:76: error MR2011: HOP table function based aggregate requires size must be an integral "
       "multiple of slide, but got size 300000 ms and slide 120000 ms\nhint: the slide comes "
       "before the size"},
      {"SELECT * FROM TABLE(CUMULATE(TABLE clicks, DESCRIPTOR(at), INTERVAL '2' MINUTE, INTERVAL "
       "'5' MINUTE))",
       "1:81: error MR2011: CUMULATE table function based aggregate requires maxSize must be an "
       "integral multiple of step, but got maxSize 300000 ms and step 120000 ms\nhint: the step "
       "comes before the size"},
      {"SELECT * FROM TABLE(HOP(TABLE clicks, DESCRIPTOR(at), INTERVAL '1' MINUTE))",
       "1:21: error MR2011: the argument SIZE of HOP is missing\nhint: write HOP(TABLE t, "
       "DESCRIPTOR(time_column), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE): the slide, then the "
       "size"},
      {"SELECT * FROM TABLE(SESSION(TABLE clicks, DESCRIPTOR(at), INTERVAL '-1' MINUTE))",
       "1:59: error MR2011: the gap of a window must be a positive INTERVAL of days to "
       "seconds\nhint: write INTERVAL '10' SECOND"},
      {"SELECT * FROM TABLE(HOP(DATA => TABLE clicks, TIMECOL => DESCRIPTOR(at), GAP => INTERVAL "
       "'1' MINUTE))",
       "1:81: error MR2011: HOP takes no such argument\nhint: write HOP(TABLE t, "
       "DESCRIPTOR(time_column), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE): the slide, then the "
       "size"},
      {"SELECT page FROM clicks GROUP BY 3",
       "1:34: error MR2020: GROUP BY takes columns, expressions, or the number of an item of "
       "SELECT"},
  });
}

TEST(ErrorsTest, WhatFlinkHasAndThisDoesNotBuildYetIsNamed) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"SELECT DISTINCT id FROM orders", "SELECT DISTINCT is valid Flink SQL, not built yet"},
      {"SELECT id FROM orders ORDER BY id", "ORDER BY is valid Flink SQL, not built yet"},
      {"SELECT id FROM orders LIMIT 3", "LIMIT is valid Flink SQL, not built yet"},
      {"SELECT o.id FROM orders o JOIN clicks c ON o.id = c.id", "a join is valid Flink SQL"},
      {"SELECT o.id FROM orders o, clicks c", "a join is valid Flink SQL"},
      {"SELECT SUM(id) OVER (ORDER BY at) FROM clicks", "SUM OVER is valid Flink SQL"},
      {"SELECT id FROM orders UNION SELECT id FROM clicks", "UNION without ALL is valid Flink SQL"},
      {"SELECT id FROM orders EXCEPT SELECT id FROM clicks", "EXCEPT is valid Flink SQL"},
      {"SELECT * FROM (VALUES (1)) AS t (name)", "VALUES is valid Flink SQL"},
      {"SELECT 1", "SELECT without FROM is valid Flink SQL"},
      {"SELECT id FROM orders WHERE EXISTS (SELECT 1 FROM clicks)", "EXISTS is valid Flink SQL"},
      {"SELECT id FROM orders WHERE id IN (SELECT id FROM clicks)",
       "IN (query) is valid Flink SQL"},
      {"INSERT OVERWRITE numbers SELECT id FROM orders", "INSERT OVERWRITE is valid Flink SQL"},
      {"SELECT COUNT(DISTINCT MAP['a', id]) FROM orders", "COUNT(DISTINCT MAP<"},
      {"SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(at), INTERVAL '1' "
       "MINUTE)) GROUP BY window_start",
       "GROUP BY window_start without window_end is valid Flink SQL"},
  };
  for (const auto& [sql, message] : cases) {
    const BoundTestScript bound = BindTest(sql);
    EXPECT_THAT(bound.errors, HasSubstr(std::string("error MR2900: ") + message)) << sql;
    EXPECT_TRUE(bound.sinks.empty()) << sql;
  }
}

TEST(ErrorsTest, Tables) {
  Check({
      {"CREATE TABLE t (a INT, a2 AS b + 1) WITH ('connector' = 'datagen')",
       "1:30: error MR2002: there is no column 'b'\nhint: the columns are a"},
      {"CREATE TABLE t (a STRING, WATERMARK FOR a AS a) WITH ('connector' = 'datagen')",
       "1:41: error MR2016: a WATERMARK needs a column of TIMESTAMP(3) or TIMESTAMP_LTZ(3), 'a' is "
       "STRING\nhint: a computed column can be the time: t AS TO_TIMESTAMP(s)"},
      {"CREATE TABLE t (a TIMESTAMP(3), WATERMARK FOR a AS 5) WITH ('connector' = 'datagen')",
       "1:52: error MR2016: the WATERMARK must be of the type of its column, TIMESTAMP(3), this is "
       "INT"},
      {"CREATE TABLE t (a INT, PRIMARY KEY (b) NOT ENFORCED) WITH ('connector' = 'datagen')",
       "1:37: error MR2002: there is no column 'b' in this table"},
      {"CREATE TABLE clicks (a INT) WITH ('connector' = 'datagen')",
       "1:14: error MR2018: a table 'clicks' exists already; drop it first or write IF NOT EXISTS"},
      {"CREATE TABLE t (a INT) WITH ('connector' = 'blackhol')",
       "1:44: error MR2017: table 't': there is no connector 'blackhol'\nhint: did you mean "
       "'blackhole'?"},
      {"CREATE TABLE t (a INT) WITH ('connector' = 'datagen', 'row-per-second' = '1')",
       "1:55: error MR2017: table 't': connector 'datagen' has no option 'row-per-second'\nhint: "
       "did you mean 'rows-per-second'?"},
      {"CREATE TABLE t (a INT METADATA FROM 'ofset') WITH ('connector' = 'kafka')",
       "1:17: error MR2015: the connector 'kafka' has no metadata 'ofset'\nhint: did you mean "
       "'offset'?"},
      {"CREATE TABLE t (page INT) LIKE clicks",
       "1:17: error MR2015: the column 'page' is there from LIKE already"},
      {"CREATE TABLE t (a INT) LIKE clicks (OVERWRITING ALL)",
       "1:37: error MR2015: only GENERATED, METADATA, OPTIONS and WATERMARKS can be OVERWRITING"},
      {"CREATE VIEW v (a, b) AS SELECT id FROM orders",
       "1:13: error MR2015: 'v' names 2 columns, its query gives 1"},
      {"CREATE VIEW v AS SELECT id, note AS id FROM orders",
       "1:18: error MR2015: two columns of the view 'v' are called 'id'\nhint: give them different "
       "names with AS"},
      {"DROP TABLE click",
       "1:12: error MR2001: there is no table 'click'\nhint: did you mean 'clicks'?"},
  });
}

TEST(ErrorsTest, MetadataIsReadAndWrittenWhereTheConnectorCan) {
  const auto table = [](const std::string& columns) {
    return "CREATE TABLE t (id BIGINT, " + columns +
           ") WITH ('connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = 'x:1', "
           "'scan.startup.mode' = 'earliest-offset', 'format' = 'json');\n";
  };
  const std::string all = table(
      "ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', `partition` BIGINT METADATA VIRTUAL, "
      "topic STRING NOT NULL METADATA VIRTUAL, WATERMARK FOR ts AS ts");
  EXPECT_EQ(Shown(all + "SELECT * FROM t"), "");
  EXPECT_EQ(Shown(all + "SELECT topic FROM t AS x"), "");
  EXPECT_EQ(Shown(all + "INSERT INTO t SELECT id, ts FROM t"), "");
  EXPECT_EQ(
      Shown(table("e INT METADATA FROM 'leader-epoch' VIRTUAL") + "SELECT id FROM t"),
      "2:16: error MR2900: the metadata 'leader-epoch' of the connector 'kafka' is valid Flink "
      "SQL, not built yet");
  EXPECT_EQ(Shown(table("`offset` BIGINT METADATA") + "INSERT INTO t SELECT id, id FROM t"),
            "2:13: error MR2013: the metadata 'offset' of the column 'offset' cannot be "
            "written\nhint: declare the column as METADATA VIRTUAL: it is then left out of an "
            "INSERT");
  EXPECT_EQ(
      Shown(table("h ARRAY<INT> METADATA FROM 'headers' VIRTUAL")),
      "1:28: error MR2015: the metadata 'headers' is a MAP<STRING NOT NULL, BYTES>, which "
      "cannot be cast to ARRAY<INT>\nhint: declare the column as MAP<STRING NOT NULL, BYTES>");
}

TEST(ErrorsTest, PartitionsNeedPhysicalColumnsAndASinkThatTakesThem) {
  const std::string files =
      "CREATE TABLE f (n INT, dt STRING) PARTITIONED BY (dt) WITH ('connector' = 'filesystem', "
      "'path' = '/x', 'format' = 'json');\n";
  EXPECT_EQ(Shown(files + "INSERT INTO f SELECT n, dt FROM f"), "");
  EXPECT_EQ(Shown("CREATE TABLE f (n INT, d AS n + 1) PARTITIONED BY (d) WITH ('connector' = "
                  "'filesystem', 'path' = '/x', 'format' = 'json')"),
            "1:52: error MR2015: PARTITIONED BY needs physical columns, 'd' is none");
  EXPECT_EQ(Shown(files + "CREATE TABLE b (n INT, dt STRING) PARTITIONED BY (dt) WITH ('connector' "
                          "= 'blackhole'); INSERT INTO b SELECT n, dt FROM f"),
            "2:101: error MR2015: the table 'b' is PARTITIONED BY, which the connector 'blackhole' "
            "does not take\nhint: leave it out");
}

TEST(ErrorsTest, EveryWrongStatementAndClauseIsReported) {
  const std::string errors = ErrorsOf(
      "CREATE TABLE t (a INT, b AS c + 1) WITH ('connector' = 'datagen');\nSELECT nme, prise FROM "
      "orders WHERE idd > 1;\nSELECT a FROM t;\nSELECT x FROM nowhere");
  EXPECT_THAT(errors, HasSubstr("1:29: error MR2002: there is no column 'c'"));
  EXPECT_THAT(errors, HasSubstr("2:8: error MR2002: there is no column 'nme'"));
  EXPECT_THAT(errors, HasSubstr("2:13: error MR2002: there is no column 'prise'"));
  EXPECT_THAT(errors, HasSubstr("2:37: error MR2002: there is no column 'idd'"));
  EXPECT_THAT(errors, HasSubstr("4:15: error MR2001"));
  EXPECT_THAT(errors, Not(HasSubstr("\n3:"))) << "that t is missing has been said";
}

TEST(ErrorsTest, AViewThatNoLongerBindsIsReportedWhereItIsUsed) {
  EXPECT_EQ(Shown("CREATE VIEW v AS SELECT id FROM orders; DROP TABLE orders;\nSELECT id FROM v"),
            "2:16: error MR2001: in view 'v': there is no table or view 'orders'");
}

TEST(ErrorsTest, AViewThatNamesOtherColumnsThanItsQueryGivesByNowIsReportedWhereItIsUsed) {
  EXPECT_EQ(Shown("CREATE VIEW v (a, b, c, d) AS SELECT * FROM orders; DROP TABLE orders; CREATE "
                  "TABLE orders (id BIGINT) WITH ('connector' = 'datagen');\nSELECT a FROM v"),
            "2:15: error MR2015: in view 'v': it names 4 columns, its query gives 1\nhint: a table "
            "that it reads has changed; create the view once more");
}

TEST(ErrorsTest, AHintOnATableOfWithIsNotPassedOver) {
  EXPECT_THAT(ErrorsOf("WITH c AS (SELECT id FROM orders) SELECT id FROM c /*+ "
                       "OPTIONS('rows-per-second' = '1') */"),
              HasSubstr("a hint on a table of WITH is valid Flink SQL, not built yet"));
}

TEST(ErrorsTest, ViewsThatDoubleTheirTablesAtEveryStepAreRefused) {
  std::string script = "CREATE VIEW v0 AS SELECT id FROM orders;\n";
  for (int i = 1; i < 40; ++i) {
    absl::StrAppend(&script, "CREATE VIEW v", i, " AS SELECT id FROM v", i - 1,
                    " UNION ALL SELECT id FROM v", i - 1, ";\n");
  }
  EXPECT_THAT(ErrorsOf(script), HasSubstr("error MR2022"));
  std::string with = "WITH w0 AS (SELECT id FROM orders)";
  for (int i = 1; i < 40; ++i) {
    absl::StrAppend(&with, ", w", i, " AS (SELECT id FROM w", i - 1, " UNION ALL SELECT id FROM w",
                    i - 1, ")");
  }
  EXPECT_THAT(ErrorsOf(with + " SELECT id FROM w39"), HasSubstr("error MR2022"));
}

TEST(ErrorsTest, OperandsThatDoubleAtEveryLevelAreRefused) {
  std::string expression = "id > 1";
  for (int i = 0; i < 60; ++i)
    expression = absl::StrCat("(", expression, ") BETWEEN FALSE AND TRUE");
  EXPECT_THAT(ErrorsOf("SELECT id FROM orders WHERE " + expression), HasSubstr("error MR2022"));
}

TEST(ErrorsTest, AViewThatReadsItselfThroughATemporaryOneIsRefused) {
  EXPECT_THAT(ErrorsOf("CREATE VIEW v AS SELECT id FROM orders; CREATE TEMPORARY VIEW orders AS "
                       "SELECT id FROM v; SELECT id FROM orders"),
              HasSubstr("reads itself"));
}

}  // namespace
}  // namespace millrace
