// CREATE FUNCTION: expressions of SQL are inlined, known Java classes have native twins.
#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/coordinator/sql/bind/bound_script.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// The last SELECT's plan, or the errors.
std::string ProjectionOf(const std::string& sql) {
  const std::string plan = QueryPlanOf(sql);
  return plan.substr(0, plan.find('\n'));
}

const std::string kTwice = "CREATE FUNCTION twice(a BIGINT) RETURNS BIGINT RETURN a * 2;\n";

TEST(UserFunctionsTest, ACallStandsForTheBodyOverItsArguments) {
  EXPECT_EQ(ProjectionOf(kTwice + "SELECT twice(id + 1) AS x FROM orders"),
            "LogicalProject(x=[(($0 + 1) * 2)])");
  EXPECT_EQ(ProjectionOf(kTwice + "SELECT TWICE(twice(id)) AS x FROM orders"),
            "LogicalProject(x=[(($0 * 2) * 2)])");
}

TEST(UserFunctionsTest, ArgumentsAndResultsAreCastAsFlinkDoesByItself) {
  EXPECT_EQ(ProjectionOf(kTwice + "SELECT twice(quantity) AS x FROM orders"),
            "LogicalProject(x=[(CAST($2 AS BIGINT) * 2)])");
  EXPECT_EQ(
      ColumnsOf("CREATE FUNCTION one() RETURNS BIGINT RETURN 1; SELECT one() AS x FROM orders"),
      "(x BIGINT NOT NULL)");
  EXPECT_EQ(ColumnsOf("CREATE FUNCTION f(a INT) RETURN a > 1; SELECT f(quantity) AS x FROM orders"),
            "(x BOOLEAN)");
}

TEST(UserFunctionsTest, TheyStandWhereverExpressionsDo) {
  EXPECT_THAT(
      QueryPlanOf(kTwice + "SELECT id, SUM(twice(quantity)) FROM orders WHERE twice(id) > 4 "
                           "GROUP BY id HAVING twice(COUNT(*)) > 2"),
      HasSubstr("LogicalFilter(condition=[(($0 * 2) > 4)])"));
  EXPECT_EQ(ErrorsOf(kTwice + "CREATE TABLE t (a BIGINT, b AS twice(a)) WITH ('connector' = "
                              "'datagen'); SELECT b FROM t"),
            "");
  EXPECT_EQ(ErrorsOf(kTwice + "CREATE FUNCTION quadruple(a BIGINT) RETURN twice(twice(a)); CREATE "
                              "VIEW v AS SELECT quadruple(id) AS q FROM orders; SELECT q FROM v"),
            "");
}

TEST(UserFunctionsTest, WhatIsWrongIsSaidAtItsPlace) {
  const std::vector<std::pair<std::string, const char*>> cases = {
      {kTwice + "SELECT twice(note) FROM orders",
       "2:8: error MR2005: the parameter 'a' of the function 'twice' is BIGINT, the argument is "
       "STRING"},
      {kTwice + "SELECT twice(id, id) FROM orders",
       "2:8: error MR2005: the function 'twice' takes 1 arguments, not 2"},
      {kTwice + "SELECT twice(nope) FROM orders", "2:14: error MR2002: there is no column 'nope'"},
      {"CREATE FUNCTION f(a INT) RETURN b + 1", "1:33: error MR2002: there is no column 'b'"},
      {"CREATE FUNCTION f(a INT) RETURNS INT RETURN UPPER('x')",
       "1:45: error MR2023: the function 'f' returns INT, its body gives "},
      {"CREATE FUNCTION f(a INT) RETURN NULL", "1:33: error MR2023: a bare NULL has no type"},
      {"CREATE FUNCTION f(a INT) RETURN SUM(a)",
       "1:33: error MR2009: SUM is an aggregate function, which the body of a function cannot "
       "hold"},
      {kTwice + "CREATE FUNCTION Twice(a INT) RETURN a",
       "2:17: error MR2018: a function 'twice' exists already"},
      {"DROP FUNCTION f", "1:15: error MR2004: there is no function 'f'"},
      {kTwice + "SELECT twice(DISTINCT id) FROM orders",
       "2:8: error MR2005: DISTINCT is for aggregate functions, and twice is none"},
  };
  for (const auto& [sql, message] : cases) EXPECT_THAT(ErrorsOf(sql), StartsWith(message)) << sql;
}

TEST(UserFunctionsTest, RecursionIsRefused) {
  EXPECT_THAT(
      ErrorsOf("CREATE FUNCTION f(a INT) RETURNS INT RETURN CASE WHEN a < 1 THEN 1 ELSE f(a "
               "- 1) END"),
      AllOf(StartsWith("1:45: error MR2023: the function 'f' calls itself"),
            HasSubstr("hint: a function of SQL stands for its expression")));
}

TEST(UserFunctionsTest, AFunctionWhoseCreateFailedIsNotReportedAgain) {
  const std::string errors =
      ErrorsOf("CREATE FUNCTION f(a INT) RETURN b; SELECT f(quantity) FROM orders");
  EXPECT_THAT(errors, StartsWith("1:33: error MR2002: there is no column 'b'"));
  EXPECT_EQ(errors.find("error"), errors.rfind("error")) << errors;
}

TEST(UserFunctionsTest, BuiltInFunctionsComeBeforeThoseOfTheCatalogAndBehindTemporarySystemOnes) {
  const std::string mine = "FUNCTION upper(a STRING) RETURN a || '!'; SELECT ";
  EXPECT_EQ(ProjectionOf("CREATE " + mine + "upper(note) AS x FROM orders"),
            "LogicalProject(x=[UPPER($3)])");
  EXPECT_THAT(ProjectionOf("CREATE TEMPORARY SYSTEM " + mine + "upper(note) AS x FROM orders"),
              HasSubstr("|| '!'"));
  EXPECT_THAT(ProjectionOf("CREATE " + mine +
                           "default_catalog.default_database.upper(note) AS x FROM orders"),
              HasSubstr("|| '!'"));
}

TEST(UserFunctionsTest, ARandomArgumentIsOneValue) {
  const std::string functions =
      "CREATE FUNCTION once(a DOUBLE) RETURN a + 1; CREATE FUNCTION more(a DOUBLE) RETURN a - a; ";
  EXPECT_EQ(ErrorsOf(functions + "SELECT once(RAND()), more(quantity) FROM orders"), "");
  EXPECT_EQ(ErrorsOf(functions + "SELECT more(r) FROM (SELECT RAND() AS r FROM orders)"), "");
  EXPECT_THAT(ErrorsOf(functions + "SELECT more(RAND()) FROM orders"),
              HasSubstr("the function 'more' reads its parameter 'a' several times"));
}

TEST(UserFunctionsTest, TheyAreShownAndDropped) {
  EXPECT_THAT(BindTest(kTwice + "SHOW USER FUNCTIONS; CREATE FUNCTION IF NOT EXISTS twice(a INT) "
                                "RETURN a; DROP FUNCTION twice; SHOW USER FUNCTIONS; DROP FUNCTION "
                                "IF EXISTS twice")
                  .answers,
              ElementsAre(HasSubstr("| twice "), testing::Not(HasSubstr("twice"))));
  EXPECT_THAT(ErrorsOf(kTwice + "DROP FUNCTION twice; SELECT twice(id) FROM orders"),
              StartsWith("2:29: error MR2004: there is no function"));
}

TEST(UserFunctionsTest, TheClassOfNexmarkHasANativeTwin) {
  EXPECT_EQ(ColumnsOf("CREATE FUNCTION count_char AS 'com.github.nexmark.flink.udf.CountChar'; "
                      "SELECT count_char(note, 'c') AS n FROM orders"),
            "(n BIGINT NOT NULL)");
}

TEST(UserFunctionsTest, AnotherClassIsRefusedWithARemedy) {
  const std::string errors =
      ErrorsOf("CREATE FUNCTION f AS 'com.example.Mine'; SELECT f(id) FROM orders");
  EXPECT_THAT(errors, StartsWith("1:17: error MR2900: the function 'f' of the JAVA class "
                                 "'com.example.Mine' is valid Flink SQL, not built yet"));
  EXPECT_THAT(errors,
              HasSubstr("hint: define it in SQL: CREATE FUNCTION f(a INT, b STRING) RETURNS "
                        "STRING RETURN expression"));
  EXPECT_EQ(errors.find("error"), errors.rfind("error")) << errors;
}

}  // namespace
}  // namespace millrace
