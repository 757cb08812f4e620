// Filtering and projecting: which rows are left, what is computed, what is shared.
#include "worker/operator/calc/calc.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "common/expr/function_registry.h"
#include "tests/harness/collecting_output.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"
#include "worker/operator/calc/leaf_columns.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Schema Events() {
  return {{"kind", DataType::Int()},
          {"bid", DataType::Row({"price", "channel"}, {DataType::BigInt(), DataType::String()})},
          {"note", DataType::String()}};
}

ExpressionPtr Column(int index) { return Expression::Column(index, Events().field(index).type); }
ExpressionPtr Price() { return Expression::Field(Column(1), 0); }

ExpressionPtr Bound(std::string_view function, std::vector<ExpressionPtr> arguments) {
  auto call = BindCall(function, std::move(arguments));
  EXPECT_OK(call);
  return *std::move(call);
}

ExpressionPtr KindIs(int kind) { return Bound("equals", {Column(0), Expression::Int(kind)}); }

class CalcTest : public testing::Test {
 protected:
  void Make(ExpressionPtr condition, std::vector<ExpressionPtr> projections) {
    std::vector<Field> output;
    for (size_t i = 0; i < projections.size(); ++i) {
      output.push_back({"c" + std::to_string(i), projections[i]->type()});
    }
    output_schema_ = Schema(std::move(output));
    auto made = NewCalc({.name = "Calc",
                         .output = output_schema_,
                         .spec = CalcSpec{std::move(condition), std::move(projections)}},
                        Events());
    ASSERT_OK(made);
    calc_ = *std::move(made);
  }

  std::vector<std::string> Run(const Batch& batch) {
    EXPECT_THAT(calc_->OnBatch(batch, output_), IsOkAndHolds(Progress::kDone));
    return output_.TakeRows(output_schema_);
  }

  static Batch Rows() {
    return MakeBatch(Events(), {{2, Value({100, "web"}), "a"},
                                {1, nullptr, "b"},
                                {nullptr, Value({7, "app"}), "c"},
                                {2, Value({nullptr, "tv"}), nullptr}});
  }

  Schema output_schema_;
  std::unique_ptr<Operator> calc_;
  CollectingOutput output_;
};

TEST_F(CalcTest, ARowIsKeptOnlyIfTheConditionIsTrue) {
  Make(KindIs(2), {Column(2), Price()});
  EXPECT_THAT(Run(Rows()), ElementsAre("+I[a, 100]", "+I[null, null]"));
}

TEST_F(CalcTest, WithoutAConditionEveryRowIsKept) {
  Make(nullptr, {Bound("plus", {Price(), Expression::BigInt(1)})});
  EXPECT_THAT(Run(Rows()), ElementsAre("+I[101]", "+I[null]", "+I[8]", "+I[null]"));
}

TEST_F(CalcTest, ABareColumnIsHandedOnUncopied) {
  Make(nullptr, {Column(2), Column(2), Column(0)});
  const Batch batch = Rows();
  ASSERT_THAT(calc_->OnBatch(batch, output_), IsOkAndHolds(Progress::kDone));
  const auto out = output_.TakeBatches();
  ASSERT_THAT(out, SizeIs(1));
  EXPECT_EQ(out[0].column(0), batch.column(2));
  EXPECT_EQ(out[0].column(1), batch.column(2));
  EXPECT_EQ(out[0].column(2), batch.column(0));
}

TEST_F(CalcTest, ABatchOfWhichEveryRowIsKeptIsNotCopied) {
  Make(Bound("is_not_null", {Column(1)}), {Column(2)});
  const Batch batch = MakeBatch(Events(), {{1, Value({1, "x"}), "a"}, {2, Value({2, "y"}), "b"}});
  ASSERT_THAT(calc_->OnBatch(batch, output_), IsOkAndHolds(Progress::kDone));
  const auto out = output_.TakeBatches();
  ASSERT_THAT(out, SizeIs(1));
  EXPECT_EQ(out[0].column(0), batch.column(2));
}

TEST_F(CalcTest, NothingIsEmittedIfNoRowIsKept) {
  Make(KindIs(77), {Column(2)});
  EXPECT_THAT(Run(Rows()), IsEmpty());
}

TEST_F(CalcTest, OnlyRowsThatAreKeptAreComputed) {
  // 10 / kind fails for the row that the condition drops.
  Make(Bound("not_equals", {Column(0), Expression::Int(0)}),
       {Bound("divide", {Expression::Int(10), Column(0)})});
  EXPECT_THAT(Run(MakeBatch(Events(),
                            {{5, nullptr, nullptr}, {0, nullptr, nullptr}, {2, nullptr, nullptr}})),
              ElementsAre("+I[2]", "+I[5]"));
}

TEST_F(CalcTest, ARunTimeErrorOfARowThatIsKeptFails) {
  Make(nullptr, {Bound("divide", {Expression::Int(10), Column(0)})});
  EXPECT_THAT(calc_->OnBatch(MakeBatch(Events(), {{0, nullptr, nullptr}}), output_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("ivision by zero")));
}

TEST_F(CalcTest, TheKindsOfRowsFollowThem) {
  Make(KindIs(2), {Column(0)});
  const Batch batch = MakeBatch(Events(), {{2, nullptr, "a"}, {1, nullptr, "b"}, {2, nullptr, "c"}},
                                {RowKind::kUpdateBefore, RowKind::kDelete, RowKind::kUpdateAfter});
  EXPECT_THAT(Run(batch), ElementsAre("-U[2]", "+U[2]"));
  Make(nullptr, {Column(2)});
  EXPECT_THAT(Run(batch), ElementsAre("-U[a]", "-D[b]", "+U[c]"));
}

TEST_F(CalcTest, OfAnUpdateOneSideIsANewRowOrOneThatIsGone) {
  using enum RowKind;
  Make(KindIs(2), {Column(2)});
  const Batch updates = MakeBatch(Events(),
                                  {{2, nullptr, "a"},
                                   {2, nullptr, "b"},
                                   {2, nullptr, "c"},
                                   {1, nullptr, "d"},
                                   {1, nullptr, "e"},
                                   {2, nullptr, "f"},
                                   {1, nullptr, "g"},
                                   {nullptr, nullptr, "h"}},
                                  {kUpdateBefore, kUpdateAfter, kUpdateBefore, kUpdateAfter,
                                   kUpdateBefore, kUpdateAfter, kUpdateBefore, kUpdateAfter});
  EXPECT_THAT(Run(updates), ElementsAre("-U[a]", "+U[b]", "-D[c]", "+I[f]"));
}

TEST_F(CalcTest, AnUpdateWithoutTheRowBeforeStaysOne) {
  using enum RowKind;
  Make(KindIs(2), {Column(2)});
  EXPECT_THAT(Run(MakeBatch(Events(), {{2, nullptr, "a"}, {1, nullptr, "b"}, {2, nullptr, "c"}},
                            {kUpdateAfter, kUpdateAfter, kUpdateBefore})),
              ElementsAre("+U[a]", "-U[c]"));
}

TEST_F(CalcTest, AProjectionMayBeConstantOrThereMayBeNone) {
  Make(KindIs(2), {Expression::String("x")});
  EXPECT_THAT(Run(Rows()), ElementsAre("+I[x]", "+I[x]"));
  Make(KindIs(2), {});
  ASSERT_THAT(calc_->OnBatch(Rows(), output_), IsOkAndHolds(Progress::kDone));
  const auto out = output_.TakeBatches();
  ASSERT_THAT(out, SizeIs(1));
  EXPECT_EQ(out[0].num_rows(), 2);
}

TEST_F(CalcTest, ASliceOfABatchIsFilteredFromItsOwnFirstRow) {
  Make(KindIs(2), {Column(2), Price(), Column(1)});
  EXPECT_THAT(Run(Rows().Slice(1, 3)), ElementsAre("+I[null, null, +I[null, tv]]"));
}

TEST_F(CalcTest, AnExpressionThatDoesNotFitTheInputIsRefused) {
  EXPECT_THAT(NewCalc({.name = "Calc",
                       .output = {{"c", DataType::String()}},
                       .spec = CalcSpec{nullptr, {Expression::Column(9, DataType::String())}}},
                      Events()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("Calc: projection 0")));
}

TEST(LeafColumnsTest, LeavesAreTheFieldsThatAreReadEachOnce) {
  const LeafColumns split = SplitLeaves(
      {Bound("plus", {Price(), Price()}), Column(2), Expression::String("x")}, Events());
  ASSERT_THAT(split.leaves, SizeIs(2));
  EXPECT_EQ(split.leaves[0]->ToString(), Price()->ToString());
  EXPECT_EQ(split.leaves[1]->ToString(), Column(2)->ToString());
  EXPECT_EQ(split.rewritten[1]->index(), 1);
  EXPECT_EQ(split.schema.field(0).type, DataType::BigInt());
}

TEST(LeafColumnsTest, AFieldOfARowThatIsReadAsAWholeComesWithIt) {
  const LeafColumns split = SplitLeaves({Price(), Column(1)}, Events());
  ASSERT_THAT(split.leaves, SizeIs(1));
  EXPECT_EQ(split.rewritten[0]->ToString(), Expression::Field(split.rewritten[1], 0)->ToString());
}

}  // namespace
}  // namespace millrace
