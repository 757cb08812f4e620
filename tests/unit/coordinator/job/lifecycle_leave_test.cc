// A worker that leaves, as one job's life cycle sees it.

#include <gmock/gmock.h>

#include "tests/unit/coordinator/job/lifecycle_fixture.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using LifecycleLeaveTest = JobLifecycleTest;

TEST_F(LifecycleLeaveTest, AWorkerThatLeavesIsALastCheckpointAndANewAttemptAtOnce) {
  Run();
  EXPECT_THAT(Leave("b"), ElementsAre("message", "final checkpoint"));
  EXPECT_EQ(state(), "RUNNING");
  EXPECT_EQ(message(), "worker b leaving: a last checkpoint comes first");
  EXPECT_THAT(Report(kSource, TaskEventKind::kFinished), IsEmpty());
  EXPECT_THAT(Report(kSink, TaskEventKind::kFinished),
              ElementsAre("end checkpoints", "changed", "release", "changed", "find slots"));
  EXPECT_EQ(state(), "SCHEDULING");
  Slots();
  EXPECT_EQ(job_->progress().attempt, Attempt(2));
  EXPECT_EQ(job_->progress().restarts, 0);
  EXPECT_EQ(message(), "worker b left");
}

TEST_F(LifecycleLeaveTest, TasksThatDoNotFinishBeforeTheLeaversLimitAreCancelled) {
  Run();
  Leave("b", absl::Seconds(10));
  EXPECT_THAT(Tick(absl::Milliseconds(9'999)), IsEmpty());
  EXPECT_THAT(Tick(absl::Milliseconds(1)), ElementsAre("end checkpoints", "cancel", "changed"));
  EXPECT_EQ(state(), "RESTARTING");
  Report(kSource, TaskEventKind::kCancelled);
  EXPECT_THAT(Report(kSink, TaskEventKind::kCancelled),
              ElementsAre("release", "changed", "find slots"));
  EXPECT_EQ(job_->progress().restarts, 0);
}

TEST_F(LifecycleLeaveTest, TheEarliestLimitOfAllLeaversCounts) {
  Run();
  Leave("b", absl::Seconds(10));
  EXPECT_THAT(Leave("a", absl::Seconds(2)), ElementsAre("message"));
  EXPECT_THAT(Tick(absl::Seconds(2)), ElementsAre("end checkpoints", "cancel", "changed"));
  EXPECT_EQ(message(), "workers a, b left");
}

TEST_F(LifecycleLeaveTest, ALeaverDuringTheLastCheckpointOfAJobChangesNothing) {
  Run();
  Report(kSource, TaskEventKind::kInputEnded);
  EXPECT_THAT(Leave("b"), ElementsAre("message"));
  Report(kSource, TaskEventKind::kFinished);
  Report(kSink, TaskEventKind::kFinished);
  EXPECT_EQ(state(), "FINISHED");
}

TEST_F(LifecycleLeaveTest, ALastCheckpointThatFailsForALeaverIsNoFailureOfTheJob) {
  Run();
  Leave("b");
  EXPECT_THAT(Lines(job_->OnFinalCheckpointFailed("disk full", now_)),
              ElementsAre("end checkpoints", "cancel", "changed"));
  EXPECT_EQ(state(), "RESTARTING");
  EXPECT_EQ(job_->progress().restarts, 0);
}

TEST_F(LifecycleLeaveTest, ATaskThatFailsWhileAWorkerLeavesIsAFailure) {
  Run();
  Leave("b");
  Report(kSource, TaskEventKind::kFailed);
  EXPECT_EQ(job_->progress().restarts, 1);
  EXPECT_THAT(message(), HasSubstr("broken"));
}

TEST_F(LifecycleLeaveTest, AStopThatALeaverCutsShortIsTriedAgainElsewhere) {
  Run();
  job_->RequestStop(now_);
  EXPECT_THAT(Leave("b", absl::Seconds(1)), IsEmpty());
  Tick(absl::Seconds(1));
  EXPECT_EQ(state(), "RESTARTING");
  Report(kSource, TaskEventKind::kCancelled);
  Report(kSink, TaskEventKind::kCancelled);
  Slots();
  Report(kSource, TaskEventKind::kOpen);
  EXPECT_THAT(Report(kSink, TaskEventKind::kOpen),
              ElementsAre("changed", "start", "changed", "final checkpoint"));
}

}  // namespace
}  // namespace millrace
