// Joins, EXISTS and IN as the binder understands them.
#include <gmock/gmock.h>

#include <string>

#include "tests/unit/coordinator/sql/bind/bound_script.h"

namespace millrace {
namespace {

using testing::HasSubstr;

std::string Windowed(const std::string& size = "'1' MINUTE") {
  return "TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(at), INTERVAL " + size + "))";
}

std::string Joined(const std::string& kind, const std::string& condition) {
  return "SELECT l.id, r.page FROM " + Windowed() + " AS l " + kind + " JOIN " + Windowed() +
         " AS r ON l.window_start = r.window_start AND l.window_end = r.window_end" + condition;
}

const char* const kOfOneWindow =
    "l.window_start = r.window_start AND l.window_end = r.window_end AND l.id = r.id";

TEST(JoinTest, RowsOfOneWindowAreJoinedInEveryWay) {
  for (const char* kind : {"INNER", "LEFT", "RIGHT", "FULL"}) {
    EXPECT_THAT(QueryPlanOf(Joined(kind, " AND l.id = r.id")), HasSubstr("LogicalJoin(")) << kind;
  }
  EXPECT_THAT(QueryPlanOf(Joined("LEFT OUTER", "")), HasSubstr("joinType=[left]"));
}

TEST(JoinTest, WhatMayBeFilledUpIsNullable) {
  const std::string tables = "(SELECT COUNT(*) AS n, window_start AS s, window_end AS e FROM " +
                             Windowed() + " GROUP BY window_start, window_end)";
  const auto columns = [&](const char* kind) {
    return ColumnsOf("SELECT l.n, r.n AS m FROM " + tables + " AS l " + kind + " JOIN " + tables +
                     " AS r ON l.s = r.s AND l.e = r.e");
  };
  EXPECT_EQ(columns("INNER"), "(n BIGINT NOT NULL, m BIGINT NOT NULL)");
  EXPECT_EQ(columns("LEFT"), "(n BIGINT NOT NULL, m BIGINT)");
  EXPECT_EQ(columns("RIGHT"), "(n BIGINT, m BIGINT NOT NULL)");
  EXPECT_EQ(columns("FULL"), "(n BIGINT, m BIGINT)");
}

TEST(JoinTest, ACommaIsAJoinByWhere) {
  EXPECT_THAT(QueryPlanOf("SELECT l.id FROM " + Windowed() + " AS l, " + Windowed() +
                          " AS r WHERE " + kOfOneWindow),
              HasSubstr("LogicalJoin(condition=[((($"));
  EXPECT_THAT(ErrorsOf("SELECT l.id FROM " + Windowed() + " AS l, " + Windowed() +
                       " AS r WHERE l.id = r.id"),
              HasSubstr("a join is valid Flink SQL, not built yet"));
}

TEST(JoinTest, WindowsMustBeOfOneFunction) {
  EXPECT_THAT(ErrorsOf("SELECT l.id FROM " + Windowed() + " AS l JOIN " + Windowed("'2' MINUTE") +
                       " AS r ON " + kOfOneWindow),
              HasSubstr("the left ones are TUMBLE of 1 min and the right ones TUMBLE of 2 min"));
}

TEST(JoinTest, ColumnsOfOneNameAreToldApartWhereAStarGivesThem) {
  const std::string joined = " FROM " + Windowed() + " AS l JOIN " + Windowed() +
                             " AS r ON l.window_start = r.window_start AND l.window_end = "
                             "r.window_end";
  EXPECT_EQ(ColumnsOf("SELECT page, id0 FROM (SELECT *" + joined + ")"),
            "(page STRING, id0 BIGINT)");
  EXPECT_EQ(ColumnsOf("SELECT id, id0, id1 FROM (SELECT l.id, l.*, r.*" + joined + ")"),
            "(id BIGINT, id0 BIGINT, id1 BIGINT)");
  EXPECT_THAT(ErrorsOf("SELECT id FROM (SELECT l.id, r.id" + joined + ")"),
              HasSubstr("the column name 'id' is ambiguous"));
}

TEST(JoinTest, TwoTablesOfOneNameAreRefused) {
  const std::string other =
      "(SELECT page, window_start AS s, window_end AS e FROM " + Windowed() + ")";
  EXPECT_THAT(ErrorsOf("SELECT l.id FROM " + Windowed() + " AS l JOIN " + other +
                       " AS l ON window_start = s AND window_end = e"),
              HasSubstr("error MR2003: two tables of FROM are called 'l'"));
  EXPECT_THAT(ErrorsOf("SELECT 1 AS x FROM clicks, clicks"),
              HasSubstr("two tables of FROM are called 'clicks'"));
}

TEST(JoinTest, OtherJoinsAreNotBuiltYet) {
  EXPECT_THAT(ErrorsOf("SELECT l.id FROM clicks AS l JOIN orders AS r ON l.id = r.id"),
              HasSubstr("a join is valid Flink SQL, not built yet"));
  EXPECT_THAT(ErrorsOf("SELECT 1 AS x FROM clicks NATURAL JOIN orders"),
              HasSubstr("NATURAL JOIN is valid Flink SQL"));
  EXPECT_THAT(ErrorsOf("SELECT 1 AS x FROM clicks JOIN orders USING (id)"),
              HasSubstr("USING is valid Flink SQL"));
  EXPECT_THAT(ErrorsOf("SELECT 1 AS x FROM clicks, orders, events"),
              HasSubstr("more than two tables without ON is valid Flink SQL"));
}

TEST(JoinTest, ExistsAndInGiveTheColumnsOfTheQueryAroundThem) {
  const std::string inner = "FROM " + Windowed() + " AS r WHERE l.window_start = r.window_start " +
                            "AND l.window_end = r.window_end";
  const auto plan = [&](const std::string& condition) {
    return QueryPlanOf("SELECT l.id FROM " + Windowed() + " AS l WHERE " + condition);
  };
  EXPECT_THAT(plan("EXISTS (SELECT * " + inner + ")"), HasSubstr("joinType=[semi]"));
  EXPECT_THAT(plan("NOT EXISTS (SELECT * " + inner + ")"), HasSubstr("joinType=[anti]"));
  EXPECT_THAT(plan("l.id IN (SELECT r.id " + inner + ")"), HasSubstr("joinType=[semi]"));
  EXPECT_THAT(plan("l.page = 'a' AND NOT (l.id IN (SELECT id " + inner + "))"),
              HasSubstr("joinType=[anti]"));
  EXPECT_THAT(plan("(l.id, l.page) IN (SELECT id, page " + inner + ")"),
              HasSubstr("joinType=[semi]"));
}

TEST(JoinTest, ANullInNotInLeavesNoRow) {
  EXPECT_THAT(QueryPlanOf("SELECT l.id FROM " + Windowed() + " AS l WHERE l.id NOT IN (SELECT id " +
                          "FROM " + Windowed() + " AS r WHERE l.window_start = r.window_start " +
                          "AND l.window_end = r.window_end)"),
              HasSubstr("OR ($0 IS NULL)) OR ($6 IS NULL)"));
}

TEST(JoinTest, AQueryInsideMayOnlyPickRows) {
  const auto errors = [&](const std::string& query) {
    return ErrorsOf("SELECT l.id FROM " + Windowed() + " AS l WHERE l.id IN (" + query + ")");
  };
  EXPECT_THAT(errors("SELECT MAX(id) FROM clicks"), HasSubstr("IN (query) with more than SELECT"));
  EXPECT_THAT(errors("SELECT id FROM clicks GROUP BY id"), HasSubstr("IN (query) with more"));
  EXPECT_THAT(errors("SELECT id, page FROM clicks"),
              HasSubstr("IN compares 1 values with 2 columns"));
}

TEST(JoinTest, WhatExistsSelectsMustMakeSenseThoughNobodyReadsIt) {
  const auto errors = [&](const std::string& item) {
    return ErrorsOf("SELECT l.id FROM " + Windowed() + " AS l WHERE EXISTS (SELECT " + item +
                    " FROM " + Windowed() + " AS r WHERE l.window_start = r.window_start AND " +
                    "l.window_end = r.window_end)");
  };
  EXPECT_EQ(errors("NULL"), "");
  EXPECT_THAT(errors("1, idd"), HasSubstr("error MR2002: there is no column 'idd'"));
  EXPECT_THAT(errors("/*+ BROADCAST(r) */ 1"), HasSubstr("EXISTS with more than SELECT"));
}

TEST(RowNumberTest, ItIsAColumnBehindTheRowsOfFrom) {
  EXPECT_THAT(QueryPlanOf("SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end "
                          "ORDER BY id DESC) AS rn FROM " +
                          Windowed()),
              HasSubstr("LogicalRowNumber(partition=[{3, 4}], order=[id DESC])"));
}

TEST(RowNumberTest, ExpressionsCanBeSortedBy) {
  const std::string plan = QueryPlanOf(
      "SELECT id, ROW_NUMBER() OVER (PARTITION BY MOD(id, 2) ORDER BY id * 2 NULLS LAST) AS rn "
      "FROM clicks");
  EXPECT_THAT(plan, HasSubstr("LogicalRowNumber(partition=[{3}], order=[$f4 ASC NULLS LAST])"));
  EXPECT_THAT(plan, HasSubstr("LogicalProject(id=[$0], rn=[$3])"));
}

TEST(RowNumberTest, OtherFunctionsOverAWindowAreNotBuiltYet) {
  EXPECT_THAT(ErrorsOf("SELECT RANK() OVER (ORDER BY id) AS r FROM clicks"),
              HasSubstr("RANK OVER is valid Flink SQL"));
  EXPECT_THAT(ErrorsOf("SELECT ROW_NUMBER() OVER (PARTITION BY id) AS r FROM clicks"),
              HasSubstr("ROW_NUMBER() without ORDER BY is valid Flink SQL"));
  EXPECT_THAT(ErrorsOf("SELECT ROW_NUMBER(id) OVER (ORDER BY id) AS r FROM clicks"),
              HasSubstr("ROW_NUMBER takes no arguments"));
}

}  // namespace
}  // namespace millrace
