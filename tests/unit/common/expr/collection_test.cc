#include <gtest/gtest.h>

#include "tests/harness/status_matchers.h"
#include "tests/unit/common/expr/evaluation.h"

namespace millrace {
namespace {

const Arg kList{DataType::Array(DataType::Int()), Value({7, nullptr, 9})};
const Arg kMap{DataType::Map(DataType::String(), DataType::Int()),
               Value({Value({"a", 1}), Value({"b", nullptr})})};

TEST(CollectionTest, ElementsCountFromOne) {
  CheckAll({{"item", {kList, I(1)}, "7"},
            {"item", {kList, I(2)}, "NULL"},
            {"item", {kList, I(4)}, "NULL"},
            {"item", {Null(kList.type), I(1)}, "NULL"},
            {"item", {kList, I(0)}, "bind error: elements of an ARRAY count from 1, not 0"}});
}

TEST(CollectionTest, MapsAreAskedByKey) {
  CheckAll({{"item", {kMap, S("a")}, "1"},
            {"item", {kMap, S("b")}, "NULL"},
            {"item", {kMap, S("c")}, "NULL"},
            {"item", {kMap, Null(DataType::String())}, "NULL"}});
  const Arg by_number{DataType::Map(DataType::BigInt(), DataType::String()),
                      Value({Value({5, "five"})})};
  EXPECT_EQ(Evaluated("item", {by_number, I(5)}), "five");
}

TEST(CollectionTest, CountsElements) {
  CheckAll({{"cardinality", {kList}, "3"},
            {"cardinality", {kMap}, "2"},
            {"cardinality", {Null(kMap.type)}, "NULL"}});
}

TEST(CollectionTest, ConstructorsTakeColumnsAndLiterals) {
  CheckAll({{"array", {I(1), L(2), Null(DataType::Int())}, "[1, 2, NULL]"},
            {"row", {I(1), S("x")}, "(1, x)"}});
  EXPECT_EQ(TypeOf("array", {I(1), L(2)}), "ARRAY<BIGINT> NOT NULL");
  EXPECT_EQ(TypeOf("row", {I(1), S("x")}), "ROW<`EXPR$0` INT, `EXPR$1` STRING> NOT NULL");
  const Schema schema{{"v", DataType::Int()}};
  const ExpressionPtr map =
      *BindCall("map", {Expression::String("k"), Expression::Column(0, DataType::Int())});
  EXPECT_THAT(EvaluatedRows(map, schema, MakeBatch(schema, {{1}, {nullptr}})),
              testing::ElementsAre("{k=1}", "{k=NULL}"));
}

}  // namespace
}  // namespace millrace
