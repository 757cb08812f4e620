// What a task counts and times of itself, and whose lines it writes.
#include <gmock/gmock.h>

#include <optional>
#include <string>

#include "tests/harness/metric_values.h"
#include "tests/unit/worker/task/task_fixture.h"

namespace millrace {
namespace {

using testing::DoubleNear;
using testing::Eq;
using testing::Gt;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;

using TaskMetricsTest = TaskFixture;

TEST_F(TaskMetricsTest, TimeIsCountedWhileItPassesAndNotOnlyOnceTheWaitIsOver) {
  channel_.full = true;
  source_.ids = {1};
  OpenAndStart();
  executor_.Advance(absl::Seconds(10));
  EXPECT_THAT(
      MetricValue(registry_, "millrace_task_time_seconds_total", {{"state", "backpressured"}}),
      Optional(Gt(9)));
  EXPECT_THAT(MetricValue(registry_, "millrace_task_backpressured"), Optional(1));
}

TEST_F(TaskMetricsTest, CountsWhatEntersAndLeavesTheChain) {
  source_.ids = {1, 2, 3};
  OpenAndStart();
  for (const char* way : {"in", "out"}) {
    const auto total = [&](const char* what) {
      return MetricValue(registry_, absl::StrCat("millrace_task_", what, "_", way, "_total"));
    };
    EXPECT_THAT(total("records"), Optional(3)) << way;
    EXPECT_THAT(total("batches"), Optional(3)) << way;
    EXPECT_THAT(total("bytes"), Optional(24)) << way;
  }
  EXPECT_EQ(task_->progress().records_in, 3);
  EXPECT_EQ(task_->progress().records_out, 3);
}

TEST_F(TaskMetricsTest, LoopLagIsTheTimeUntilAnExecutorTakesTheTaskUp) {
  OpenAndStart();
  const double before = *MetricValue(registry_, "millrace_task_loop_lag_seconds_sum");
  task_->Wake();
  clock_.Advance(absl::Milliseconds(150));
  Run();
  EXPECT_THAT(MetricValue(registry_, "millrace_task_loop_lag_seconds_sum"),
              Optional(DoubleNear(before + 0.15, 1e-9)));
}

TEST_F(TaskMetricsTest, ACheckpointsPhasesAreTimed) {
  sink_.flushed = false;
  OpenAndStart(/*with_sink=*/true);
  task_->TriggerCheckpoint({.epoch = Epoch(1)});
  clock_.Advance(absl::Seconds(2));
  Run();
  clock_.Advance(absl::Seconds(3));
  sink_.flushed = true;
  task_->Wake();
  Run();
  const auto seconds = [&](const char* phase) {
    return MetricValue(registry_, "millrace_task_checkpoint_phase_seconds_sum", {{"phase", phase}});
  };
  EXPECT_THAT(seconds("start_delay"), Optional(DoubleNear(2, 1e-9)));
  EXPECT_THAT(seconds("freeze"), Optional(DoubleNear(0, 1e-9)));
  EXPECT_THAT(seconds("flush"), Optional(DoubleNear(3, 1e-9)));
  EXPECT_THAT(seconds("align"), Eq(std::nullopt));
}

TEST_F(TaskMetricsTest, TheSeriesOfATaskGoWithIt) {
  source_.ids = {1};
  OpenAndStart();
  EXPECT_THAT(registry_.Expose(), HasSubstr("job-1"));
  task_->Cancel();
  Run();
  EXPECT_THAT(registry_.Expose(), Not(HasSubstr("job-1")));
}

TEST_F(TaskMetricsTest, LinesOfItsPartsNameJobAndTask) {
  source_.warning = "the broker is slow";
  testing::internal::CaptureStderr();
  OpenAndStart();
  const std::string lines = testing::internal::GetCapturedStderr();
  EXPECT_THAT(lines, HasSubstr("opening job=job-1 task=0/1\n"));
  EXPECT_THAT(lines, HasSubstr("the broker is slow job=job-1 task=0/1\n"));
}

}  // namespace
}  // namespace millrace
