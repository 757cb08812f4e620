// CREATE TABLE, LIKE, CREATE VIEW, DROP, and what SHOW and DESCRIBE answer about them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/coordinator/sql/bind/bound_script.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kNested = R"(
CREATE TABLE raw (
  kind INT,
  a ROW<t TIMESTAMP(3), n BIGINT>,
  b ROW<t TIMESTAMP(3)>,
  at AS CASE kind WHEN 0 THEN a.t ELSE b.t END,
  WATERMARK FOR at AS at - INTERVAL '4' SECOND
) WITH ('connector' = 'datagen');
)";

std::string Answer(const std::string& sql) {
  const BoundTestScript bound = BindTest(sql);
  return bound.answers.size() == 1 ? bound.answers[0] : bound.errors;
}

TEST(TableTest, AComputedColumnIsAProjectionAndTheWatermarkIsOverWhatTheScanGives) {
  EXPECT_EQ(
      PlanOf(kNested + "INSERT INTO numbers SELECT a.n FROM raw WHERE at > TIMESTAMP "
                       "'2024-01-01 00:00:00.000'"),
      "LogicalSink(table=[numbers], fields=[id])\n"
      "+- LogicalProject(id=[$0])\n"
      "   +- LogicalProject(n=[$1.n])\n"
      "      +- LogicalFilter(condition=[($3 > TIMESTAMP '2024-01-01 00:00:00.000')])\n"
      "         +- LogicalProject(kind=[$0], a=[$1], b=[$2], at=[CASE WHEN ($0 = 0) THEN $1.t "
      "ELSE $2.t END])\n"
      "            +- LogicalTableScan(table=[[raw]], watermark=[(CASE WHEN ($0 = 0) THEN $1.t "
      "ELSE $2.t END - INTERVAL '4' SECOND)])\n");
}

TEST(TableTest, AComputedTimeAttributeCarriesWindows) {
  EXPECT_EQ(
      BindTest(kNested + "SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE raw, DESCRIPTOR(at), INTERVAL "
                         "'1' SECOND)) GROUP BY window_start, window_end")
          .errors,
      "");
}

TEST(TableTest, KeyColumnsBecomeNotNull) {
  EXPECT_EQ(Answer("CREATE TABLE t (a BIGINT, b STRING, PRIMARY KEY (a) NOT ENFORCED) WITH "
                   "('connector' = 'blackhole'); DESCRIBE t"),
            "+------+--------+-------+--------+--------+-----------+\n"
            "| name | type   | null  | key    | extras | watermark |\n"
            "+------+--------+-------+--------+--------+-----------+\n"
            "| a    | BIGINT | FALSE | PRI(a) |        |           |\n"
            "| b    | STRING | TRUE  |        |        |           |\n"
            "+------+--------+-------+--------+--------+-----------+\n");
}

TEST(TableTest, MetadataColumnsAreDeclared) {
  EXPECT_THAT(Answer("CREATE TABLE t (id BIGINT, ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', "
                     "`offset` BIGINT METADATA VIRTUAL) WITH ('connector' = 'kafka'); DESCRIBE t"),
              testing::AllOf(HasSubstr("METADATA FROM 'timestamp' "),
                             HasSubstr("METADATA FROM 'offset' VIRTUAL")));
}

TEST(TableTest, LikeTakesColumnsWatermarkAndOptionsAndTheNewOptionsWin) {
  EXPECT_EQ(Answer("CREATE TABLE more (extra INT) WITH ('rows-per-second' = '5') LIKE clicks; "
                   "SHOW CREATE TABLE more"),
            "CREATE TABLE `more` (\n"
            "  `id` BIGINT,\n"
            "  `page` STRING,\n"
            "  `at` TIMESTAMP(3),\n"
            "  `extra` INT,\n"
            "  WATERMARK FOR `at` AS at - INTERVAL '5' SECOND\n"
            ") WITH (\n"
            "  'connector' = 'datagen',\n"
            "  'rows-per-second' = '5'\n"
            ")\n");
}

TEST(TableTest, LikeLeavesOutWhatIsExcluded) {
  const std::string text = Answer(
      "CREATE TABLE sink WITH ('connector' = 'blackhole') LIKE clicks (EXCLUDING ALL); "
      "SHOW CREATE TABLE sink");
  EXPECT_THAT(text, testing::Not(HasSubstr("WATERMARK")));
  EXPECT_THAT(text, testing::Not(HasSubstr("datagen")));
  EXPECT_THAT(text, HasSubstr("`page` STRING"));
}

TEST(TableTest, AColumnOverAnExcludedOneIsExcludedToo) {
  EXPECT_THAT(
      Answer("CREATE TABLE base (a INT, m BIGINT METADATA FROM 'offset', c AS m + 1, d AS a + "
             "1) WITH ('connector' = 'kafka'); CREATE TABLE t LIKE base (EXCLUDING METADATA); "
             "SHOW CREATE TABLE t"),
      HasSubstr("(\n  `a` INT,\n  `d` AS a + 1\n)"));
}

TEST(TableTest, WhatIsTakenOverNeedsTheTypesThatItWasMadeFor) {
  const std::string base =
      "CREATE TABLE base (a INT, m BIGINT METADATA FROM 'offset', c AS m + 1, t AS "
      "TO_TIMESTAMP_LTZ(a, 3), WATERMARK FOR t AS t) WITH ('connector' = 'kafka'); ";
  EXPECT_THAT(ErrorsOf(base + "CREATE TABLE u (m STRING METADATA FROM 'offset') LIKE base "
                              "(OVERWRITING METADATA)"),
              HasSubstr("the column 'c' from LIKE needs 'm' as BIGINT, here it is STRING"));
  EXPECT_THAT(ErrorsOf(base + "CREATE TABLE u (t AS a + 1) LIKE base (OVERWRITING GENERATED)"),
              HasSubstr("the WATERMARK from LIKE needs 't' as TIMESTAMP_LTZ(3), here it is INT"));
  EXPECT_EQ(ErrorsOf(base + "CREATE TABLE u (c AS 'x', PRIMARY KEY (a) NOT ENFORCED) LIKE base "
                            "(OVERWRITING GENERATED)"),
            "");
}

TEST(TableTest, ATemporaryTableHidesAndIsDropped) {
  EXPECT_EQ(
      BindTest("CREATE TEMPORARY TABLE clicks (x INT) WITH ('connector' = 'datagen'); SELECT x "
               "FROM clicks; DROP TEMPORARY TABLE clicks; SELECT id FROM clicks; DROP TABLE IF "
               "EXISTS nothing")
          .errors,
      "");
}

TEST(TableTest, ShowListsTablesWithViewsAndByPattern) {
  const BoundTestScript bound = BindTest(
      "CREATE VIEW p AS SELECT page FROM clicks; SHOW TABLES LIKE 'p%'; SHOW VIEWS; SHOW CREATE "
      "VIEW "
      "p");
  EXPECT_THAT(bound.answers, ElementsAre("+------------+\n"
                                         "| table name |\n"
                                         "+------------+\n"
                                         "| p          |\n"
                                         "| pages      |\n"
                                         "+------------+\n",
                                         "+-----------+\n"
                                         "| view name |\n"
                                         "+-----------+\n"
                                         "| p         |\n"
                                         "+-----------+\n",
                                         "CREATE VIEW `p` AS SELECT page FROM clicks\n"));
}

TEST(TableTest, ShowLikeKnowsWildcards) {
  const auto shown = [](const std::string& pattern) {
    const std::string text = Answer("SHOW TABLES LIKE '" + pattern + "'");
    return text.find("| clicks") != std::string::npos;
  };
  for (const char* pattern : {"clicks", "%", "c%", "%s", "%ic%", "cl_cks", "%%l%_%s"}) {
    EXPECT_TRUE(shown(pattern)) << pattern;
  }
  for (const char* pattern : {"click", "c", "%k", "_clicks", "clicks_", "%x%"}) {
    EXPECT_FALSE(shown(pattern)) << pattern;
  }
}

TEST(TableTest, TextTablesCountCharactersNotBytes) {
  EXPECT_THAT(
      Answer("CREATE TABLE t (`größe` INT) WITH ('connector' = 'datagen'); SHOW COLUMNS FROM t"),
      HasSubstr("| größe | INT  | TRUE |"));
}

TEST(TableTest, UseAcceptsTheOneCatalogAndDatabase) {
  EXPECT_EQ(ErrorsOf("USE CATALOG default_catalog; USE default_database"), "");
  EXPECT_THAT(ErrorsOf("USE hive"), HasSubstr("there is no database 'hive'"));
}

}  // namespace
}  // namespace millrace
