// What becomes of a job when a task, a worker, the disk, the store or the coordinator itself fails.

#include <gmock/gmock.h>

#include "coordinator/job/job_manager.h"
#include "tests/harness/status_matchers.h"
#include "tests/unit/coordinator/job/job_fixture.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

using JobRecoveryTest = JobFixture;

TEST_F(JobRecoveryTest, AFailedTaskRestartsTheJobFromItsLastCheckpoint) {
  const JobId job = Run();
  cluster_.Advance(absl::Milliseconds(2500));
  const int64_t epoch = EpochOf(job);
  ASSERT_GE(epoch, 2);
  cluster_.workers.TakeLog();
  cluster_.workers.Report("a", kSink, TaskEventKind::kFailed, "broker is gone");
  cluster_.Settle();
  EXPECT_EQ(cluster_.StateOf(job), "RESTARTING");
  EXPECT_THAT(cluster_.View(job)->message, HasSubstr("broker is gone"));
  cluster_.Advance(absl::Milliseconds(200));
  EXPECT_EQ(cluster_.StateOf(job), "RUNNING");
  EXPECT_EQ(cluster_.View(job)->restarts, 1);
  const auto log = cluster_.workers.TakeLog();
  EXPECT_THAT(log, Contains("a: cancel 1"));
  EXPECT_THAT(log, Contains(absl::StrCat("a: deploy 2 from ", epoch)));
  EXPECT_TRUE(HasMetric("millrace_job_restarts_total{job=\"" + job.value()));
}

TEST_F(JobRecoveryTest, ARestoredJobSoonTakesACheckpointUnderANewEpoch) {
  const JobId job = Run();
  cluster_.Advance(absl::Milliseconds(1200));
  cluster_.workers.Report("a", kSink, TaskEventKind::kFailed, "x");
  cluster_.Advance(absl::Milliseconds(500));
  EXPECT_EQ(EpochOf(job), 2);
}

TEST_F(JobRecoveryTest, ALostWorkerCostsNoMoreThanTheWorkSinceTheLastCheckpoint) {
  cluster_.workers.Connect("a", 1);
  cluster_.workers.Connect("b", 1);
  const JobId job = cluster_.Submit(CountClicks(2));
  cluster_.Advance(absl::Milliseconds(1200));
  ASSERT_EQ(EpochOf(job), 1);
  cluster_.workers.Disconnect("b");
  cluster_.Advance(absl::Milliseconds(500));
  EXPECT_EQ(cluster_.StateOf(job), "SCHEDULING");
  EXPECT_EQ(cluster_.View(job)->message,
            "waits for slots: needs 2 slots, 1 are free on 1 workers; worker b was lost: its "
            "connection was lost");
  EXPECT_TRUE(HasMetric("millrace_cluster_workers_lost 1"));
  cluster_.workers.TakeLog();
  cluster_.workers.Connect("c", 1);
  cluster_.Settle();
  EXPECT_EQ(cluster_.StateOf(job), "RUNNING");
  EXPECT_THAT(cluster_.workers.TakeLog(), Contains("c: deploy 2 from 1"));
  EXPECT_TRUE(HasMetric("millrace_cluster_workers_lost 0"));
}

TEST_F(JobRecoveryTest, ALostWorkerIsMissedForAnHour) {
  cluster_.workers.Connect("a", 1);
  cluster_.workers.Disconnect("a");
  cluster_.Advance(absl::Minutes(59));
  EXPECT_TRUE(HasMetric("millrace_cluster_workers_lost 1"));
  cluster_.Advance(absl::Minutes(2));
  EXPECT_TRUE(HasMetric("millrace_cluster_workers_lost 0"));
}

TEST_F(JobRecoveryTest, AWorkerThatFallsSilentIsLost) {
  const JobId job = Run();
  cluster_.heartbeats = false;
  cluster_.workers.habits.ack = false;
  cluster_.Advance(absl::Milliseconds(1900));
  EXPECT_EQ(cluster_.StateOf(job), "RUNNING");
  cluster_.Advance(absl::Milliseconds(800));
  EXPECT_NE(cluster_.StateOf(job), "RUNNING");
  EXPECT_TRUE(HasMetric("millrace_cluster_workers 0"));
}

TEST_F(JobRecoveryTest, ACoordinatorThatSleptItselfLosesNoWorker) {
  const JobId job = Run();
  cluster_.Advance(absl::Milliseconds(100));
  cluster_.clock.Advance(absl::Seconds(10));
  cluster_.Settle();
  cluster_.Advance(absl::Milliseconds(100));
  EXPECT_EQ(cluster_.StateOf(job), "RUNNING");
}

TEST_F(JobRecoveryTest, JobsGoOnAfterARestartOfTheCoordinator) {
  const JobId job = Run();
  cluster_.Advance(absl::Milliseconds(1200));
  ASSERT_EQ(EpochOf(job), 1);
  cluster_.Restart();
  EXPECT_EQ(cluster_.StateOf(job), "SCHEDULING");
  EXPECT_EQ(EpochOf(job), 1);
  cluster_.workers.TakeLog();
  cluster_.workers.Connect("a", 2);
  cluster_.Advance(absl::Milliseconds(300));
  EXPECT_EQ(cluster_.StateOf(job), "RUNNING");
  EXPECT_THAT(cluster_.workers.TakeLog(),
              ElementsAre("a: registered", "a: deploy 2 from 1", "a: start 2", "a: trigger 101",
                          "a: durable 101"));
}

TEST_F(JobRecoveryTest, WhatHasEndedStaysEndedAfterARestartOfTheCoordinator) {
  const JobId job = Run();
  ASSERT_OK(cluster_.Stop(job));
  cluster_.Restart();
  cluster_.workers.Connect("a", 2);
  cluster_.Settle();
  EXPECT_EQ(cluster_.StateOf(job), "STOPPED");
}

TEST_F(JobRecoveryTest, AStopThatWasAnsweredSurvivesTheCoordinator) {
  const JobId job = Run();
  cluster_.workers.habits.ack = false;
  ASSERT_OK(cluster_.Stop(job));
  EXPECT_EQ(cluster_.StateOf(job), "STOPPING");
  cluster_.workers.habits.ack = true;
  cluster_.Restart();
  cluster_.workers.Connect("a", 2);
  cluster_.Settle();
  EXPECT_EQ(cluster_.StateOf(job), "STOPPED");
}

TEST_F(JobRecoveryTest, AStopThatCannotBeStoredIsAnsweredWithAnError) {
  const JobId job = Run();
  cluster_.store.FailWrites(absl::UnavailableError("no disk"));
  EXPECT_THAT(cluster_.Stop(job), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("no disk")));
}

TEST_F(JobRecoveryTest, AStateThatCouldNotBeStoredIsStoredLater) {
  const JobId job = Run();
  cluster_.store.FailWrites(absl::UnavailableError("no disk"));
  ASSERT_FALSE(cluster_.Cancel(job).ok());
  EXPECT_EQ(cluster_.StateOf(job), "CANCELLED");
  cluster_.store.FailWrites(absl::OkStatus());
  cluster_.Advance(absl::Seconds(2));
  cluster_.Restart();
  EXPECT_EQ(cluster_.StateOf(job), "CANCELLED");
}

TEST_F(JobRecoveryTest, AFullDiskFailsCheckpointsButNotTheJob) {
  const JobId job = Run();
  cluster_.files.FailWrites(absl::ResourceExhaustedError("no space left on device"));
  cluster_.workers.TakeLog();
  cluster_.Advance(absl::Milliseconds(1100));
  EXPECT_THAT(cluster_.workers.TakeLog(), ElementsAre("a: trigger 1", "a: abort 1"));
  EXPECT_EQ(cluster_.StateOf(job), "RUNNING");
  EXPECT_THAT(cluster_.View(job)->checkpoint.last_error, HasSubstr("no space left"));
  EXPECT_EQ(cluster_.View(job)->checkpoint.failed, 1);
  cluster_.files.FailWrites(absl::OkStatus());
  cluster_.Advance(absl::Seconds(2));
  EXPECT_GE(EpochOf(job), 2);
  EXPECT_EQ(cluster_.View(job)->checkpoint.last_error, "");
}

TEST_F(JobRecoveryTest, ADeclinedCheckpointIsAborted) {
  const JobId job = Run();
  cluster_.workers.habits.ack = false;
  cluster_.Advance(absl::Milliseconds(1100));
  cluster_.workers.TakeLog();
  cluster_.workers.Decline("a", Epoch(1), "its disk is full");
  cluster_.Settle();
  EXPECT_THAT(cluster_.workers.TakeLog(), ElementsAre("a: abort 1"));
  EXPECT_EQ(cluster_.View(job)->checkpoint.last_error, "worker a: its disk is full");
}

TEST_F(JobRecoveryTest, ALastCheckpointThatFailsRestartsTheJobAndStopsItThen) {
  const JobId job = Run();
  cluster_.files.FailWrites(absl::ResourceExhaustedError("no space left on device"));
  ASSERT_OK(cluster_.Stop(job));
  EXPECT_EQ(cluster_.StateOf(job), "RESTARTING");
  EXPECT_THAT(cluster_.View(job)->message, HasSubstr("the last checkpoint failed"));
  cluster_.files.FailWrites(absl::OkStatus());
  cluster_.Advance(absl::Milliseconds(300));
  EXPECT_EQ(cluster_.StateOf(job), "STOPPED");
  EXPECT_EQ(EpochOf(job), 2);
}

TEST_F(JobRecoveryTest, ACommitOfOpenOutcomeIsNeitherAnnouncedNorAborted) {
  const JobId job = Run();
  cluster_.workers.habits.ack = false;
  cluster_.Advance(absl::Milliseconds(1100));
  cluster_.workers.TakeLog();
  cluster_.store.LoseNextAnswer();
  cluster_.workers.Ack("a", Epoch(1));
  cluster_.Settle();
  EXPECT_THAT(cluster_.workers.TakeLog(), ElementsAre("a: cancel 1"));
  EXPECT_EQ(cluster_.StateOf(job), "RESTARTING");
  EXPECT_THAT(cluster_.View(job)->message, HasSubstr("the outcome of the commit is not known"));
  // It did take place, as the next attempt finds out.
  cluster_.store.Recover();
  cluster_.Advance(absl::Milliseconds(300));
  EXPECT_THAT(cluster_.workers.TakeLog(), Contains("a: deploy 2 from 1"));
}

TEST_F(JobRecoveryTest, AStoreThatIsGoneFailsCheckpointsButNotTheJob) {
  const JobId job = Run();
  cluster_.store.FailWrites(absl::UnavailableError("gone"));
  cluster_.store.FailReads(absl::UnavailableError("gone"));
  cluster_.Advance(absl::Seconds(5));
  EXPECT_EQ(cluster_.StateOf(job), "RUNNING");
  EXPECT_EQ(EpochOf(job), 0);
  cluster_.store.Recover();
  cluster_.Advance(absl::Seconds(2));
  EXPECT_GE(EpochOf(job), 1);
}

TEST_F(JobRecoveryTest, AnotherCoordinatorThatCommitsFencesThisOne) {
  const JobId job = Run();
  cluster_.Advance(absl::Milliseconds(500));
  cluster_.store.Overwrite("jobs/" + job.value(), "theirs");
  cluster_.Stop(job).IgnoreError();
  EXPECT_THAT(cluster_.fenced, StatusIs(absl::StatusCode::kAborted, HasSubstr(job.value())));
  EXPECT_THAT(cluster_.TrySubmit(CountClicks()),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("another coordinator")));
}

TEST_F(JobRecoveryTest, ADamagedCheckpointIsPassedOverAndTheChainGoesOn) {
  const JobId job = Run();
  cluster_.Advance(absl::Milliseconds(2300));
  const int64_t latest = EpochOf(job);
  ASSERT_GE(latest, 2);
  for (const std::string& path : cluster_.files.paths()) {
    if (path.find(absl::StrCat("/", latest, "-1-")) != std::string::npos) {
      cluster_.files.bytes(path)[0] ^= 1;
    }
  }
  cluster_.workers.TakeLog();
  cluster_.workers.Report("a", kSink, TaskEventKind::kFailed, "x");
  cluster_.Advance(absl::Milliseconds(400));
  EXPECT_THAT(cluster_.workers.TakeLog(), Contains(absl::StrCat("a: deploy 2 from ", latest - 1)));
  EXPECT_GT(EpochOf(job), latest);
  EXPECT_OK(cluster_.fenced);
}

TEST_F(JobRecoveryTest, WithoutAnyReadableCheckpointAJobEndsAfterAFewTries) {
  const JobId job = Run();
  cluster_.Advance(absl::Milliseconds(1200));
  for (const std::string& path : cluster_.files.paths()) cluster_.files.bytes(path)[0] ^= 1;
  cluster_.workers.Report("a", kSink, TaskEventKind::kFailed, "x");
  cluster_.Advance(absl::Seconds(10));
  EXPECT_EQ(cluster_.StateOf(job), "FAILED");
  EXPECT_THAT(cluster_.View(job)->message,
              AllOf(HasSubstr("no checkpoint can be restored"), HasSubstr(".manifest")));
  EXPECT_GT(CheckpointFiles(job), 0);  // To be looked at.
}

TEST_F(JobRecoveryTest, CheckpointsStayUntilTheEndOfTheirJobIsDurable) {
  const JobId job = Run();
  cluster_.Advance(absl::Milliseconds(1200));
  cluster_.store.FailWrites(absl::UnavailableError("no disk"));
  EXPECT_FALSE(cluster_.Cancel(job).ok());
  cluster_.Settle();
  EXPECT_EQ(cluster_.StateOf(job), "CANCELLED");
  EXPECT_GT(CheckpointFiles(job), 0);
  cluster_.store.FailWrites(absl::OkStatus());
  cluster_.Advance(absl::Seconds(2));
  EXPECT_EQ(CheckpointFiles(job), 0);
}

TEST_F(JobRecoveryTest, WhatAKilledCoordinatorDidNotDeleteTheNextOneDoes) {
  const JobId job = Run();
  cluster_.Advance(absl::Milliseconds(1200));
  ASSERT_OK(cluster_.Cancel(job));
  cluster_.files.bytes(absl::StrCat("/checkpoints/", job.value(), "/state/1-1-1-a.delta")) = "left";
  cluster_.Restart();
  EXPECT_EQ(cluster_.StateOf(job), "CANCELLED");
  EXPECT_EQ(CheckpointFiles(job), 0);
}

TEST_F(JobRecoveryTest, ADamagedRecordIsShownAndAllOtherJobsGoOn) {
  const JobId good = Run();
  cluster_.store.Overwrite("jobs/job-bad", "rubbish");
  cluster_.Restart();
  EXPECT_EQ(cluster_.StateOf(good), "SCHEDULING");
  EXPECT_EQ(cluster_.StateOf(JobId("job-bad")), "FAILED");
  EXPECT_THAT(cluster_.Stop(JobId("job-bad")),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("cannot be read")));
}

}  // namespace
}  // namespace millrace
