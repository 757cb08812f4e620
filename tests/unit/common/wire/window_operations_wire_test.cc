// Joins, ranks and windows of a plan come back from the wire as they were.
#include <gmock/gmock.h>

#include "common/expr/function_registry.h"
#include "common/wire/plan_wire.h"
#include "tests/harness/plans.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <typename Spec>
Spec Back(Spec spec) {
  JobGraph graph = CountClicks();
  graph.stages[1].operators[0].spec = std::move(spec);
  const absl::StatusOr<JobGraph> back = JobGraphFromProto(JobGraphToProto(graph));
  EXPECT_OK(back);
  return std::get<Spec>(back->stages[1].operators[0].spec);
}

TEST(WindowOperationsWireTest, AWindowJoinComesBack) {
  const ExpressionPtr condition = Expression::Bool(true);
  const WindowJoinSpec join = Back(WindowJoinSpec{
      .type = JoinType::kAnti,
      .left = {.window = {.kind = WindowKind::kAttached, .time_column = 1, .start_column = 2},
               .key_columns = {3, 4}},
      .right = {.window = {.kind = WindowKind::kAttached, .time_column = 5}, .key_columns = {6, 7}},
      .condition = condition});
  EXPECT_EQ(join.type, JoinType::kAnti);
  EXPECT_EQ(join.left.window.time_column, 1);
  EXPECT_EQ(join.left.window.start_column, 2);
  EXPECT_THAT(join.left.key_columns, ElementsAre(3, 4));
  EXPECT_EQ(join.right.window.time_column, 5);
  EXPECT_THAT(join.right.key_columns, ElementsAre(6, 7));
  ASSERT_NE(join.condition, nullptr);
  EXPECT_EQ(join.condition->ToString(), condition->ToString());
  EXPECT_EQ(Back(WindowJoinSpec{}).condition, nullptr);
}

TEST(WindowOperationsWireTest, AWindowRankComesBack) {
  const WindowRankSpec rank = Back(WindowRankSpec{
      .window = {.kind = WindowKind::kAttached, .time_column = 1},
      .key_columns = {2},
      .order = {{.column = 3, .descending = true}, {.column = 4, .nulls_first = true}},
      .first = 2,
      .last = 5,
      .emits_rank = true,
      .latest_first = true});
  EXPECT_EQ(rank.window.time_column, 1);
  EXPECT_THAT(rank.key_columns, ElementsAre(2));
  EXPECT_THAT(rank.order, ElementsAre(SortColumn{.column = 3, .descending = true},
                                      SortColumn{.column = 4, .nulls_first = true}));
  EXPECT_EQ(rank.first, 2);
  EXPECT_EQ(rank.last, 5);
  EXPECT_TRUE(rank.emits_rank);
  EXPECT_TRUE(rank.latest_first);
}

TEST(WindowOperationsWireTest, WindowsByThemselvesComeBack) {
  const WindowTvfSpec tvf = Back(
      WindowTvfSpec{.window = {.kind = WindowKind::kHop, .size_ms = 10'000, .slide_ms = 2'000}});
  EXPECT_EQ(tvf.window.kind, WindowKind::kHop);
  EXPECT_EQ(tvf.window.slide_ms, 2'000);
}

TEST(WindowOperationsWireTest, AnEdgeKnowsItsInputAndTheLateRowsThatItCarries) {
  JobGraph graph = CountClicks();
  graph.edges[0].input = 1;
  graph.edges[0].late = LateRows{.position = 2, .input = 1};
  ASSERT_OK_AND_ASSIGN(const JobGraph back, JobGraphFromProto(JobGraphToProto(graph)));
  EXPECT_EQ(back.edges[0].input, 1);
  EXPECT_EQ(back.edges[0].late, (LateRows{.position = 2, .input = 1}));
}

TEST(WindowOperationsWireTest, AJoinOfAnotherVersionIsRefused) {
  JobGraph graph = CountClicks();
  graph.stages[1].operators[0].spec = WindowJoinSpec{};
  v1::JobGraph message = JobGraphToProto(graph);
  message.mutable_stages(1)->mutable_operators(0)->mutable_window_join()->set_type(
      static_cast<v1::JoinType>(9));
  EXPECT_THAT(JobGraphFromProto(message), StatusIs(absl::StatusCode::kInvalidArgument,
                                                   HasSubstr("type: has the unknown value 9")));
}

}  // namespace
}  // namespace millrace
