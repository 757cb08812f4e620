// INSERT INTO: positions, casts, column lists.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/coordinator/sql/bind/bound_script.h"

namespace millrace {
namespace {

using testing::HasSubstr;

TEST(InsertTest, QueryColumnsGoToTableColumnsByPosition) {
  EXPECT_EQ(PlanOf("INSERT INTO pages SELECT note AS something, id AS other FROM orders"),
            "LogicalSink(table=[pages], fields=[page, n])\n"
            "+- LogicalProject(page=[$0], n=[$1])\n"
            "   +- LogicalProject(something=[$3], other=[$0])\n"
            "      +- LogicalTableScan(table=[[orders]])\n");
}

TEST(InsertTest, AColumnIsCastWhereFlinkCastsByItself) {
  EXPECT_THAT(PlanOf("INSERT INTO numbers SELECT quantity FROM orders"),
              HasSubstr("LogicalProject(id=[CAST($0 AS BIGINT)])"));
}

TEST(InsertTest, ListedColumnsAreFilledAndTheOthersAreNull) {
  EXPECT_THAT(PlanOf("INSERT INTO pages (n) SELECT id FROM orders"),
              HasSubstr("LogicalProject(page=[CAST(NULL AS STRING)], n=[$0])"));
}

TEST(InsertTest, NotNullIsWhatTheTableSaysAndAPrimaryKeyIsNotNull) {
  const BoundTestScript bound = BindTest(
      "CREATE TABLE t (a BIGINT NOT NULL, b STRING, c INT, PRIMARY KEY (b) NOT ENFORCED) "
      "WITH ('connector' = 'blackhole');\n"
      "INSERT INTO t SELECT id, note, quantity FROM orders");
  ASSERT_EQ(bound.sinks.size(), 1u) << bound.errors;
  EXPECT_EQ(std::get<LogicalSink>(bound.sinks[0]->spec).schema.ToString(),
            "(a BIGINT NOT NULL, b STRING NOT NULL, c INT)");
}

TEST(InsertTest, ComputedColumnsAreNotWritten) {
  EXPECT_THAT(PlanOf("CREATE TABLE t (a BIGINT, b AS a + 1) WITH ('connector' = 'blackhole');\n"
                     "INSERT INTO t SELECT id FROM orders"),
              HasSubstr("LogicalSink(table=[t], fields=[a])"));
}

TEST(InsertTest, AStatementSetIsItsInserts) {
  const BoundTestScript bound = BindTest(
      "EXECUTE STATEMENT SET BEGIN INSERT INTO numbers SELECT id FROM orders; INSERT INTO "
      "numbers SELECT id FROM clicks; END");
  EXPECT_EQ(bound.errors, "");
  EXPECT_EQ(bound.sinks.size(), 2u);
}

TEST(InsertTest, ABareSelectCollectsItsRows) {
  const BoundTestScript bound = BindTest("SELECT id FROM orders; SELECT page FROM clicks");
  ASSERT_EQ(bound.sinks.size(), 2u);
  const TableDefinition& second = *std::get<LogicalSink>(bound.sinks[1]->spec).table;
  EXPECT_EQ(second.name, "select-2");
  EXPECT_EQ(second.options.at("connector"), "collect");
  EXPECT_EQ(second.schema().ToString(), "(page STRING)");
}

}  // namespace
}  // namespace millrace
