// GROUPING SETS below an aggregation: each row once per set, keys masked, the set's id behind.
#include "worker/operator/expand/expand.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/harness/collecting_output.h"
#include "tests/harness/rows.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Schema Sales() {
  return {{"k", DataType::String().WithNullable(false)},
          {"s", DataType::Int()},
          {"v", DataType::BigInt()}};
}

OperatorNode Node(std::vector<ExpandSpec::Set> sets) {
  std::vector<Field> output = Sales().fields();
  output[0].type = output[0].type.WithNullable(true);
  output.push_back({"$e", DataType::BigInt().WithNullable(false)});
  return {.name = "Expand", .output = Schema(output), .spec = ExpandSpec{std::move(sets)}};
}

std::unique_ptr<Operator> Make(const OperatorNode& node) {
  auto made = NewExpand(node, Sales());
  EXPECT_OK(made);
  return *std::move(made);
}

Batch Rows(std::vector<RowKind> kinds = {}) {
  return MakeBatch(Sales(), {{"a", 1, 10}, {"b", nullptr, 20}}, std::move(kinds));
}

const std::vector<ExpandSpec::Set> kRollup = {
    {.id = 0}, {.null_columns = {1}, .id = 1}, {.null_columns = {0, 1}, .id = 3}};

TEST(ExpandTest, EveryRowComesOncePerSetWithTheKeysThatTheSetLacksAsNulls) {
  const OperatorNode node = Node(kRollup);
  const auto expand = Make(node);
  CollectingOutput output;
  EXPECT_THAT(expand->OnBatch(Rows(), output), IsOkAndHolds(Progress::kDone));
  EXPECT_THAT(output.TakeRows(node.output),
              ElementsAre("+I[a, 1, 10, 0]", "+I[b, null, 20, 0]", "+I[a, null, 10, 1]",
                          "+I[b, null, 20, 1]", "+I[null, null, 10, 3]", "+I[null, null, 20, 3]"));
}

TEST(ExpandTest, TheKindsOfRowsStay) {
  const OperatorNode node = Node({{.id = 0}, {.null_columns = {0}, .id = 2}});
  const auto expand = Make(node);
  CollectingOutput output;
  EXPECT_THAT(expand->OnBatch(Rows({RowKind::kUpdateBefore, RowKind::kUpdateAfter}), output),
              IsOkAndHolds(Progress::kDone));
  EXPECT_THAT(output.TakeRows(node.output),
              ElementsAre("-U[a, 1, 10, 0]", "+U[b, null, 20, 0]", "-U[null, 1, 10, 2]",
                          "+U[null, null, 20, 2]"));
}

TEST(ExpandTest, ABatchWithoutRowsGivesNone) {
  const OperatorNode node = Node(kRollup);
  const auto expand = Make(node);
  CollectingOutput output;
  EXPECT_THAT(expand->OnBatch(MakeBatch(Sales(), {}), output), IsOkAndHolds(Progress::kDone));
  EXPECT_THAT(output.TakeRows(node.output), IsEmpty());
}

TEST(ExpandTest, SetsThatDoNotFitAreRefused) {
  const auto error = [](std::vector<ExpandSpec::Set> sets) {
    return NewExpand(Node(std::move(sets)), Sales()).status();
  };
  EXPECT_THAT(error({}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no sets")));
  EXPECT_THAT(error({{.id = 1}, {.null_columns = {0}, .id = 1}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("repeats the id 1")));
  EXPECT_THAT(error({{.null_columns = {9}, .id = 1}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("column 9")));
}

}  // namespace
}  // namespace millrace
