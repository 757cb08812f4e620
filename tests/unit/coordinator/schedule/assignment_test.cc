#include "coordinator/schedule/assignment.h"

#include <gmock/gmock.h>

#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

JobGraph Stages(std::vector<int32_t> parallelism) {
  JobGraph graph;
  for (size_t i = 0; i < parallelism.size(); ++i) {
    graph.stages.push_back({.id = StageId(static_cast<int32_t>(i)), .parallelism = parallelism[i]});
  }
  return graph;
}

WorkerSlots Worker(std::string id, int32_t total, int32_t free) {
  return {.worker = WorkerId(std::move(id)), .total = total, .free = free};
}

std::vector<std::string> Places(const absl::StatusOr<Assignment>& assignment) {
  std::vector<std::string> places;
  for (const WorkerId& worker : assignment->slots) places.push_back(worker.value());
  return places;
}

TEST(AssignTest, AJobNeedsAsManySlotsAsItsWidestStage) {
  EXPECT_EQ(SlotsNeeded(Stages({1, 4, 2})), 4);
}

TEST(AssignTest, SpreadsOverEqualWorkers) {
  EXPECT_THAT(Places(Assign(Stages({4}), {Worker("a", 4, 4), Worker("b", 4, 4)})),
              ElementsAre("a", "b", "a", "b"));
}

TEST(AssignTest, TheSameClusterGivesTheSameAssignmentInWhateverOrderItIsListed) {
  EXPECT_EQ(Places(Assign(Stages({3}), {Worker("a", 4, 4), Worker("b", 4, 4)})),
            Places(Assign(Stages({3}), {Worker("b", 4, 4), Worker("a", 4, 4)})));
}

TEST(AssignTest, TasksOfOneIndexShareAWorkerSoThatForwardEdgesStayLocal) {
  ASSERT_OK_AND_ASSIGN(const Assignment assignment,
                       Assign(Stages({2, 2}), {Worker("a", 2, 2), Worker("b", 2, 2)}));
  for (int32_t i = 0; i < 2; ++i) {
    EXPECT_EQ(assignment.WorkerOf({StageId(0), i}), assignment.WorkerOf({StageId(1), i}));
  }
}

TEST(AssignTest, AWorkerWithTwiceTheSlotsGetsTwiceTheTasks) {
  ASSERT_OK_AND_ASSIGN(const Assignment assignment,
                       Assign(Stages({6}), {Worker("big", 8, 8), Worker("small", 4, 4)}));
  EXPECT_THAT(assignment.SlotsByWorker(),
              ElementsAre(testing::Pair(WorkerId("big"), 4), testing::Pair(WorkerId("small"), 2)));
}

TEST(AssignTest, FillsTheEmptierWorkerFirst) {
  EXPECT_THAT(Places(Assign(Stages({2}), {Worker("a", 4, 1), Worker("b", 4, 4)})),
              ElementsAre("b", "b"));
}

TEST(AssignTest, NeverTakesMoreThanIsFree) {
  ASSERT_OK_AND_ASSIGN(const Assignment assignment,
                       Assign(Stages({5}), {Worker("a", 8, 1), Worker("b", 4, 4)}));
  EXPECT_EQ(assignment.SlotsByWorker().at(WorkerId("a")), 1);
}

TEST(AssignTest, TooFewSlotsSaysHowManyAreMissing) {
  EXPECT_THAT(Assign(Stages({4}), {Worker("a", 4, 2), Worker("b", 4, 1)}),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("needs 4 slots, 3 are free on 2 workers")));
  EXPECT_THAT(Assign(Stages({1}), {}),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("0 workers")));
}

}  // namespace
}  // namespace millrace
