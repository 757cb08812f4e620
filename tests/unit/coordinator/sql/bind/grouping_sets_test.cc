// GROUPING SETS, ROLLUP, CUBE, and the functions that tell their groups apart.
#include <gmock/gmock.h>

#include <string>

#include "tests/unit/coordinator/sql/bind/bound_script.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// The sets of GROUP BY `grouping` over orders, as numbers of its keys.
std::string SetsOf(const std::string& grouping) {
  const std::string plan = QueryPlanOf("SELECT COUNT(*) FROM orders GROUP BY " + grouping);
  const size_t begin = plan.find("sets=[");
  return begin == std::string::npos ? plan
                                    : plan.substr(begin + 6, plan.find("])", begin) - begin - 6);
}

TEST(GroupingSetsTest, RowsAreExpandedBelowTheAggregationWhichGroupsByTheSetToo) {
  EXPECT_EQ(QueryPlanOf("SELECT note, quantity, SUM(quantity) AS s FROM orders GROUP BY GROUPING "
                        "SETS ((note, quantity), (note), ())"),
            "LogicalProject(note=[$0], quantity=[$1], s=[$3])\n"
            "+- LogicalAggregate(group=[{0, 1, 3}], SUM(quantity) AS s)\n"
            "   +- LogicalExpand(sets=[{0, 1}, {0}, {}])\n"
            "      +- LogicalProject(note=[$3], quantity=[$2], quantity=[$2])\n"
            "         +- LogicalTableScan(table=[[orders]])\n");
}

TEST(GroupingSetsTest, RollupIsEveryBeginningAndCubeEverySubset) {
  EXPECT_EQ(SetsOf("ROLLUP (id, note, quantity)"), "{0, 1, 2}, {0, 1}, {0}, {}");
  EXPECT_EQ(SetsOf("CUBE (id, note)"), "{0, 1}, {0}, {1}, {}");
  EXPECT_EQ(SetsOf("ROLLUP (id, (note, quantity))"), "{0, 1, 2}, {0}, {}");
}

TEST(GroupingSetsTest, SeveralElementsAreMultipliedAndNestedOnesAdded) {
  EXPECT_EQ(SetsOf("ROLLUP (id), CUBE (note)"), "{0, 1}, {0}, {1}, {}");
  EXPECT_EQ(SetsOf("GROUPING SETS (ROLLUP (id), (note), CUBE (note))"), "{0}, {}, {1}, {1}, {}");
  // Keys of every set are NULL in none.
  EXPECT_EQ(SetsOf("id, ROLLUP (note)"), "{1}, {}");
}

TEST(GroupingSetsTest, OneSetOfAllKeysIsAPlainGroupBy) {
  for (const char* grouping : {"GROUPING SETS ((id, note))", "(id, note)", "()"}) {
    EXPECT_THAT(QueryPlanOf(std::string("SELECT COUNT(*) FROM orders GROUP BY ") + grouping),
                Not(HasSubstr("LogicalExpand")))
        << grouping;
  }
}

TEST(GroupingSetsTest, AKeyThatASetLacksMayBeNull) {
  EXPECT_EQ(ColumnsOf("SELECT quantity, quantity + 1 AS more, COUNT(*) AS n, GROUPING(quantity) AS "
                      "g FROM orders GROUP BY ROLLUP (quantity)"),
            "(quantity INT, more INT, n BIGINT NOT NULL, g BIGINT NOT NULL)");
}

TEST(GroupingSetsTest, GroupingFunctionsAreConstantsOfTheSet) {
  EXPECT_THAT(
      QueryPlanOf("SELECT GROUPING_ID(id, note) AS g FROM orders GROUP BY CUBE (id, note)"),
      StartsWith("LogicalProject(g=[CASE WHEN ($2 = 0) THEN 0 WHEN ($2 = 1) THEN 1 WHEN ($2 "
                 "= 2) THEN 2 ELSE 3 END])"));
  EXPECT_THAT(QueryPlanOf("SELECT GROUP_ID() AS g FROM orders GROUP BY GROUPING SETS ((id), (id))"),
              StartsWith("LogicalProject(g=[CASE WHEN ($1 = 0) THEN 0 ELSE 1 END])"));
  EXPECT_THAT(QueryPlanOf("SELECT GROUPING(id) AS g FROM orders GROUP BY id"),
              StartsWith("LogicalProject(g=[0])"));
}

TEST(GroupingSetsTest, GroupingFunctionsTakeKeysOnly) {
  EXPECT_THAT(ErrorsOf("SELECT GROUPING(note) FROM orders GROUP BY ROLLUP (id)"),
              StartsWith("1:17: error MR2010: an argument of GROUPING must be a key of GROUP BY"));
  EXPECT_THAT(ErrorsOf("SELECT GROUPING() FROM orders GROUP BY ROLLUP (id)"),
              StartsWith("1:8: error MR2005: GROUPING takes keys of GROUP BY"));
  EXPECT_THAT(ErrorsOf("SELECT GROUP_ID(id) FROM orders GROUP BY ROLLUP (id)"),
              StartsWith("1:8: error MR2005: GROUP_ID takes no arguments"));
}

TEST(GroupingSetsTest, TooManySetsAreRefused) {
  EXPECT_THAT(ErrorsOf("SELECT COUNT(*) FROM orders GROUP BY CUBE (id, price, quantity, note, id + "
                       "1, id + 2, id + 3, id + 4, id + 5)"),
              HasSubstr("error MR2022: GROUP BY stands for more than 256 sets of keys"));
}

TEST(GroupingSetsTest, ALongRollupIsRefusedBeforeItsSetsTakeTheMemory) {
  std::string keys = "id";
  for (int i = 0; i < 20'000; ++i) absl::StrAppend(&keys, ", id + ", i);
  EXPECT_THAT(ErrorsOf("SELECT COUNT(*) FROM orders GROUP BY ROLLUP (" + keys + ")"),
              HasSubstr("error MR2022: GROUP BY stands for more than 256 sets of keys"));
}

}  // namespace
}  // namespace millrace
