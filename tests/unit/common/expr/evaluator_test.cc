#include "common/expr/evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "arrow/array/array_nested.h"
#include "common/expr/function_registry.h"
#include "tests/harness/status_matchers.h"
#include "tests/unit/common/expr/evaluation.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const DataType kBid = DataType::Row({"auction", "url", "live"},
                                    {DataType::BigInt(), DataType::String(), DataType::Boolean()});
const Schema kEvents{{"kind", DataType::Int()}, {"bid", kBid}, {"at", DataType::Timestamp(3)}};

ExpressionPtr Column(int index) { return Expression::Column(index, kEvents.field(index).type); }
ExpressionPtr BidField(int index) { return Expression::Field(Column(1), index); }

Batch Events() {
  return MakeBatch(kEvents, {{0, nullptr, "2024-01-01"},
                             {1, Value({5, "/a", true}), "2024-01-02"},
                             {2, Value({nullptr, "/b", false}), nullptr},
                             {3, nullptr, "2024-01-03"},
                             {4, Value({7, nullptr, nullptr}), "2024-01-04"}});
}

std::vector<std::shared_ptr<arrow::Array>> Evaluate(const std::vector<ExpressionPtr>& expressions,
                                                    const Batch& batch) {
  auto evaluator = Evaluator::Create(kEvents, expressions);
  EXPECT_OK(evaluator);
  auto arrays = (*evaluator)->Evaluate(batch);
  EXPECT_OK(arrays);
  return *arrays;
}

TEST(EvaluatorTest, ABareColumnIsHandedOnUncopied) {
  const Batch batch = Events();
  EXPECT_EQ(Evaluate({Column(2)}, batch)[0], batch.column(2));
}

TEST(EvaluatorTest, AFieldIsNullWhereItsRowIs) {
  const Batch batch = Events();
  EXPECT_THAT(EvaluatedRows(BidField(0), kEvents, batch),
              ElementsAre("NULL", "5", "NULL", "NULL", "7"));
  EXPECT_THAT(EvaluatedRows(BidField(1), kEvents, batch),
              ElementsAre("NULL", "/a", "/b", "NULL", "NULL"));
  EXPECT_THAT(EvaluatedRows(BidField(2), kEvents, batch),
              ElementsAre("NULL", "TRUE", "FALSE", "NULL", "NULL"));
}

TEST(EvaluatorTest, AFieldOfASliceIsThatSlice) {
  const Batch slice = Events().Slice(1, 3);
  EXPECT_THAT(EvaluatedRows(BidField(0), kEvents, slice), ElementsAre("5", "NULL", "NULL"));
  EXPECT_THAT(EvaluatedRows(BidField(1), kEvents, slice), ElementsAre("/a", "/b", "NULL"));
  EXPECT_THAT(EvaluatedRows(*BindCall("is_null", {BidField(2)}), kEvents, slice),
              ElementsAre("FALSE", "FALSE", "TRUE"));
}

TEST(EvaluatorTest, AFieldSharesTheValuesOfItsRow) {
  const Batch batch = Events();
  const auto field = Evaluate({BidField(0)}, batch)[0];
  const auto& row = static_cast<const arrow::StructArray&>(*batch.column(1));
  EXPECT_EQ(field->data()->buffers[1], row.field(0)->data()->buffers[1]);
}

TEST(EvaluatorTest, EqualSubExpressionsAreComputedOnce) {
  const auto sum = [] { return *BindCall("plus", {Column(0), Expression::Int(1)}); };
  const auto arrays =
      Evaluate({sum(), sum(), *BindCall("plus", {Column(0), Expression::Int(2)})}, Events());
  EXPECT_EQ(arrays[0]->data()->buffers[1], arrays[1]->data()->buffers[1]);
  EXPECT_NE(arrays[0]->data()->buffers[1], arrays[2]->data()->buffers[1]);
}

TEST(EvaluatorTest, NexmarksTimeColumnIsACaseOverFields) {
  const ExpressionPtr is_first = *BindCall("=", {Column(0), Expression::Int(1)});
  const ExpressionPtr early = *BindCall("-", {Column(2), Expression::IntervalDayTime(4000)});
  EXPECT_THAT(EvaluatedRows(*BindCall("case", {is_first, Column(2), early}), kEvents, Events()),
              ElementsAre("2023-12-31 23:59:56.000", "2024-01-02 00:00:00.000", "NULL",
                          "2024-01-02 23:59:56.000", "2024-01-03 23:59:56.000"));
}

TEST(EvaluatorTest, AConstantFillsItsColumn) {
  EXPECT_THAT(EvaluatedRows(Expression::String("x"), kEvents, Events().Slice(0, 2)),
              ElementsAre("x", "x"));
  EXPECT_THAT(
      EvaluatedRows(Expression::Null(DataType::Decimal(5, 2)), kEvents, Events().Slice(0, 2)),
      ElementsAre("NULL", "NULL"));
}

TEST(EvaluatorTest, AnEmptyBatchGivesEmptyColumns) {
  const ExpressionPtr broken = *BindCall("/", {Expression::Int(1), Expression::Int(0)});
  for (const ExpressionPtr& expression :
       {broken, *BindCall("upper", {BidField(1)}), *BindCall("=", {Column(0), Expression::Int(1)}),
        *BindCall("case", {*BindCall("is_null", {Column(0)}), BidField(1), BidField(1)})}) {
    EXPECT_THAT(EvaluatedRows(expression, kEvents, Events().Slice(2, 0)), ElementsAre())
        << expression->ToString(kEvents);
  }
}

TEST(EvaluatorTest, IsReusedFromBatchToBatch) {
  ASSERT_OK_AND_ASSIGN(const auto evaluator,
                       Evaluator::Create(kEvents, {*BindCall("upper", {BidField(1)})}));
  for (const int64_t rows : {5, 1, 3}) {
    ASSERT_OK_AND_ASSIGN(const auto arrays, evaluator->Evaluate(Events().Slice(0, rows)));
    EXPECT_EQ(arrays[0]->length(), rows);
  }
}

TEST(EvaluatorTest, CreateRefusesColumnsThatAreNotThere) {
  EXPECT_THAT(Evaluator::Create(kEvents, {Expression::Column(9, DataType::Int())}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no column 9")));
  EXPECT_THAT(Evaluator::Create(kEvents, {Expression::Column(0, DataType::String())}),
              StatusIs(absl::StatusCode::kInvalidArgument, "column kind has type INT, not STRING"));
}

TEST(EvaluatorTest, CreateRefusesCallsThatTheRegistryWouldNotMake) {
  EXPECT_THAT(Evaluator::Create(kEvents, {Expression::Call("frobnicate", {}, DataType::Int())}),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("frobnicate")));
  // Kernels read memory by these types: a forged call must not reach them.
  EXPECT_THAT(
      Evaluator::Create(kEvents, {Expression::Call("upper", {Column(0)}, DataType::String())}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("UPPER")));
  EXPECT_THAT(
      Evaluator::Create(kEvents,
                        {Expression::Call("plus", {Column(0), Column(0)}, DataType::BigInt())}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not as the function registry")));
  EXPECT_THAT(Evaluator::Create(kEvents, {Expression::Call("cast", {Column(2)}, DataType::Int())}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("cannot be cast")));
}

TEST(EvaluatorTest, AnArgumentMayHaveBecomeALiteralSinceItWasBound) {
  const DataType price = DataType::Decimal(10, 3);
  const ExpressionPtr x = Expression::Column(0, price);
  ASSERT_OK_AND_ASSIGN(const ExpressionPtr round,
                       BindCall("round", {x, Expression::Column(1, DataType::Int())}));
  const ExpressionPtr folded = Expression::Call("round", {x, Expression::Int(2)}, round->type());
  const Schema schema{{"x", price}};
  EXPECT_EQ(EvaluatedRows(folded, schema, MakeBatch(schema, {{"1.555"}, {nullptr}})),
            (std::vector<std::string>{"1.560", "NULL"}));

  const DataType list = DataType::Array(DataType::Int());
  const ExpressionPtr values = Expression::Column(0, list);
  ASSERT_OK_AND_ASSIGN(const ExpressionPtr item,
                       BindCall("item", {values, Expression::Column(1, DataType::Int())}));
  const Schema lists{{"values", list}};
  EXPECT_EQ(EvaluatedRows(Expression::Call("item", {values, Expression::Int(0)}, item->type()),
                          lists, MakeBatch(lists, {RowValues{Value({7, 8})}})),
            (std::vector<std::string>{"NULL"}));
}

TEST(EvaluatorTest, ARunTimeErrorNamesTheValueAndTheExpression) {
  ASSERT_OK_AND_ASSIGN(const ExpressionPtr cast, BindCast(BidField(1), DataType::Int()));
  ASSERT_OK_AND_ASSIGN(const auto evaluator, Evaluator::Create(kEvents, {Column(0), cast}));
  EXPECT_THAT(evaluator->Evaluate(Events()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "cannot cast '/a' to INT, in CAST(bid.url AS INT)"));
}

TEST(EvaluatorTest, EvaluateConstantComputesAnExpressionWithoutColumns) {
  ASSERT_OK_AND_ASSIGN(const auto value,
                       EvaluateConstant(*BindCall("+", {Expression::Int(1), Expression::Int(2)})));
  EXPECT_EQ(value->ToString(), "3");
  EXPECT_THAT(EvaluateConstant(*BindCall("/", {Expression::Int(1), Expression::Int(0)})),
              StatusIs(absl::StatusCode::kInvalidArgument, "division by zero, in (1 / 0)"));
}

}  // namespace
}  // namespace millrace
