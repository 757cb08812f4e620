// Projection, filters, FROM, names and types.
#include <gtest/gtest.h>

#include "tests/unit/coordinator/sql/bind/bound_script.h"

namespace millrace {
namespace {

TEST(SelectTest, AStarIsAllColumnsInTheirOrder) {
  EXPECT_EQ(ColumnsOf("SELECT * FROM orders"),
            "(id BIGINT, price DECIMAL(10, 2), quantity INT NOT NULL, note STRING)");
  EXPECT_EQ(ColumnsOf("SELECT o.*, id AS again FROM orders AS o"),
            "(id BIGINT, price DECIMAL(10, 2), quantity INT NOT NULL, note STRING, again BIGINT)");
}

TEST(SelectTest, AStarOfARowColumnIsItsFields) {
  EXPECT_EQ(ColumnsOf("SELECT bid.* FROM events"),
            "(auction BIGINT, price BIGINT, place ROW<city STRING>)");
}

TEST(SelectTest, ColumnsAreNamedByAliasElseByColumnOrFieldElseByPlace) {
  EXPECT_EQ(ColumnsOf("SELECT id, id + 1, bid.price, bid.price AS cost, UPPER('a') "
                      "FROM (SELECT kind AS id, bid FROM events)"),
            "(id INT, EXPR$1 INT, price BIGINT, cost BIGINT, EXPR$4 STRING NOT NULL)");
}

TEST(SelectTest, EqualNamesOfASelectGetNumbersForItsReader) {
  EXPECT_EQ(ColumnsOf("SELECT id, id, note AS id FROM orders"),
            "(id BIGINT, id0 BIGINT, id1 STRING)");
}

TEST(SelectTest, APathIsTableColumnAndFields) {
  const std::string city =
      "LogicalProject(city=[$1.place.city])\n"
      "+- LogicalTableScan(table=[[events]])\n";
  EXPECT_EQ(QueryPlanOf("SELECT bid.place.city FROM events"), city);
  EXPECT_EQ(QueryPlanOf("SELECT events.bid.place.city FROM events"), city);
  EXPECT_EQ(QueryPlanOf("SELECT e.bid.place.city FROM events e"), city);
  EXPECT_EQ(QueryPlanOf("SELECT default_database.events.bid.place.city FROM events"), city);
}

TEST(SelectTest, ATableAliasWinsOverARowColumnOfThatName) {
  EXPECT_EQ(ColumnsOf("SELECT bid.kind FROM events AS bid"), "(kind INT)");
  EXPECT_EQ(ColumnsOf("SELECT bid.bid.auction FROM events AS bid"), "(auction BIGINT)");
}

TEST(SelectTest, WhereIsAFilterBelowTheProjection) {
  EXPECT_EQ(QueryPlanOf("SELECT page FROM clicks WHERE id > 3 AND page IS NOT NULL"),
            "LogicalProject(page=[$1])\n"
            "+- LogicalFilter(condition=[(($0 > 3) AND ($1 IS NOT NULL))])\n"
            "   +- LogicalTableScan(table=[[clicks]], watermark=[($2 - INTERVAL '5' SECOND)])\n");
}

TEST(SelectTest, OperandsAreCastToTheTypeTheyHaveInCommon) {
  EXPECT_EQ(
      ColumnsOf("SELECT id + quantity, price * quantity, 0.908 * id, quantity / 2 FROM orders"),
      "(EXPR$0 BIGINT, EXPR$1 DECIMAL(21, 2), EXPR$2 DECIMAL(24, 3), EXPR$3 INT NOT NULL)");
}

TEST(SelectTest, LiteralsHaveFlinksTypes) {
  EXPECT_EQ(ColumnsOf("SELECT 1 AS a, 3000000000 AS b, 1.50 AS c, 1e3 AS d, 'ab' AS e, TRUE AS f, "
                      "DATE '2024-01-31' AS g, TIMESTAMP '2024-01-31 12:00:00.123' AS h, "
                      "-2147483648 AS i, .05 AS j, x'00ff' AS k FROM orders"),
            "(a INT NOT NULL, b BIGINT NOT NULL, c DECIMAL(3, 2) NOT NULL, d DOUBLE NOT NULL, "
            "e CHAR(2) NOT NULL, f BOOLEAN NOT NULL, g DATE NOT NULL, h TIMESTAMP(3) NOT NULL, "
            "i INT NOT NULL, j DECIMAL(2, 2) NOT NULL, k BINARY(2) NOT NULL)");
}

TEST(SelectTest, PredicatesBecomeCalls) {
  EXPECT_EQ(
      QueryPlanOf("SELECT id FROM orders WHERE id BETWEEN 1 AND 5 AND NOT note LIKE 'a%' "
                  "AND id IN (1, 2) AND note IS DISTINCT FROM 'x'"),
      "LogicalProject(id=[$0])\n"
      "+- LogicalFilter(condition=[((((($0 >= 1) AND ($0 <= 5)) AND (NOT ($3 LIKE 'a%'))) AND "
      "($0 IN (1, 2))) AND ($3 IS DISTINCT FROM 'x'))])\n"
      "   +- LogicalTableScan(table=[[orders]])\n");
}

TEST(SelectTest, ASimpleCaseComparesItsOperand) {
  EXPECT_EQ(
      QueryPlanOf("SELECT CASE kind WHEN 0 THEN 'person' WHEN 1 THEN 'auction' ELSE 'bid' END "
                  "AS k FROM events"),
      "LogicalProject(k=[CASE WHEN ($0 = 0) THEN 'person' WHEN ($0 = 1) THEN 'auction' ELSE 'bid' "
      "END])\n"
      "+- LogicalTableScan(table=[[events]])\n");
}

TEST(SelectTest, UnionAllBringsColumnsToACommonTypeUnderTheFirstNames) {
  EXPECT_EQ(ColumnsOf("SELECT quantity AS n FROM orders UNION ALL SELECT id FROM clicks"),
            "(n BIGINT)");
  EXPECT_EQ(QueryPlanOf("SELECT id FROM clicks UNION ALL SELECT id FROM orders"),
            "LogicalUnion(all=[true])\n"
            ":- LogicalProject(id=[$0])\n"
            ":  +- LogicalTableScan(table=[[clicks]], watermark=[($2 - INTERVAL '5' SECOND)])\n"
            "+- LogicalProject(id=[$0])\n"
            "   +- LogicalTableScan(table=[[orders]])\n");
}

TEST(SelectTest, WithTablesSeeThoseBeforeThemAndHideTablesOfTheCatalog) {
  EXPECT_EQ(ColumnsOf("WITH a AS (SELECT id FROM clicks), orders (n) AS (SELECT id + 1 FROM a) "
                      "SELECT * FROM orders"),
            "(n BIGINT)");
}

TEST(SelectTest, AViewIsBoundWhereItIsUsed) {
  EXPECT_EQ(PlanOf("CREATE VIEW big (number) AS SELECT id FROM orders WHERE id > 9;\n"
                   "INSERT INTO numbers SELECT number FROM big"),
            "LogicalSink(table=[numbers], fields=[id])\n"
            "+- LogicalProject(id=[$0])\n"
            "   +- LogicalProject(number=[$0])\n"
            "      +- LogicalProject(number=[$0])\n"
            "         +- LogicalProject(id=[$0])\n"
            "            +- LogicalFilter(condition=[($0 > 9)])\n"
            "               +- LogicalTableScan(table=[[orders]])\n");
}

TEST(SelectTest, AnAliasMayRenameTheColumnsOfAQuery) {
  EXPECT_EQ(ColumnsOf("SELECT s.b FROM (SELECT id, note FROM orders) AS s (a, b)"), "(b STRING)");
}

TEST(SelectTest, OptionsOfAHintHoldForThisReaderOnly) {
  const BoundTestScript bound = BindTest(
      "SELECT id FROM clicks /*+ OPTIONS('rows-per-second' = '5') */; SELECT id FROM clicks");
  ASSERT_EQ(bound.errors, "");
  const auto options = [&](int i) {
    return std::get<LogicalScan>(bound.sinks[i]->input().input().spec).options;
  };
  EXPECT_EQ(options(0).at("rows-per-second"), "5");
  EXPECT_FALSE(options(1).contains("rows-per-second"));
}

}  // namespace
}  // namespace millrace
