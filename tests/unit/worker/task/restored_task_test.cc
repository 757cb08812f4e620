#include "worker/task/restored_task.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TaskSnapshot Snapshot(int32_t index, std::vector<int64_t> watermarks, std::string value,
                      KeyGroupRange groups) {
  TaskSnapshot task{.task = {StageId(1), index}};
  for (const int64_t millis : watermarks) task.input_watermarks.push_back(EventTime(millis));
  OperatorSnapshot counts{.state_id = "counts", .values = {{"late", std::move(value)}}};
  counts.keyed.push_back({.key_groups = groups});
  task.operators.push_back(std::move(counts));
  return task;
}

Manifest TwoTasks() {
  Manifest manifest;
  manifest.tasks = {Snapshot(0, {5, 9}, "a", {0, 512}), Snapshot(1, {6, 7}, "b", {512, 1024})};
  return manifest;
}

TEST(RestoredTaskTest, EveryTaskSeesTheSmallStateOfAllFormerTasksInOrder) {
  EXPECT_EQ(RestoredOperator(TwoTasks(), "counts").Get("late"),
            (std::vector<std::string>{"a", "b"}));
}

TEST(RestoredTaskTest, StateThatWasNeverWrittenIsEmpty) {
  EXPECT_TRUE(RestoredOperator(TwoTasks(), "counts").Get("other").empty());
  EXPECT_TRUE(RestoredOperator(TwoTasks(), "sums").Get("late").empty());
}

TEST(RestoredTaskTest, ATaskGetsTheKeyedStateThatMeetsItsKeyGroups) {
  EXPECT_EQ(RestoredKeyedState(TwoTasks(), "counts", {0, 512}).size(), 1u);
  EXPECT_EQ(RestoredKeyedState(TwoTasks(), "counts", {342, 683}).size(), 2u);
  EXPECT_EQ(RestoredKeyedState(TwoTasks(), "sums", {0, 1024}).size(), 0u);
}

TEST(RestoredTaskTest, WithTheSameParallelismATaskContinuesFromItsOwnWatermarks) {
  EXPECT_EQ(RestoredWatermarks(TwoTasks(), {StageId(1), 1}, 2),
            (std::vector<EventTime>{EventTime(6), EventTime(7)}));
}

TEST(RestoredTaskTest, AChannelThatHadEndedContinuesFromTheLeastOfTheOthers) {
  Manifest manifest;
  manifest.tasks = {Snapshot(0, {9, EventTime::Max().millis(), 7}, "a", {0, 1024})};
  EXPECT_EQ(RestoredWatermarks(manifest, {StageId(1), 0}, 1),
            (std::vector<EventTime>{EventTime(9), EventTime(7), EventTime(7)}));
}

TEST(RestoredTaskTest, WhenAllChannelsHadEndedTheyStayEnded) {
  Manifest manifest;
  manifest.tasks = {Snapshot(0, {EventTime::Max().millis()}, "a", {0, 1024})};
  EXPECT_EQ(RestoredWatermarks(manifest, {StageId(1), 0}, 1),
            (std::vector<EventTime>{EventTime::Max()}));
}

TEST(RestoredTaskTest, WithAnotherParallelismATaskContinuesFromTheLeastWatermark) {
  EXPECT_EQ(RestoredWatermarks(TwoTasks(), {StageId(1), 2}, 3),
            (std::vector<EventTime>{EventTime(5)}));
}

TEST(RestoredTaskTest, AStageThatIsNewHasNoWatermarks) {
  EXPECT_TRUE(RestoredWatermarks(TwoTasks(), {StageId(7), 0}, 1).empty());
}

}  // namespace
}  // namespace millrace
