// What becomes of jobs when workers end on purpose: SIGTERM, docker compose stop, a rolling
// restart.

#include <gmock/gmock.h>

#include "coordinator/job/job_manager.h"
#include "tests/harness/status_matchers.h"
#include "tests/unit/coordinator/job/job_fixture.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

using WorkerLeaveTest = JobFixture;

TEST_F(WorkerLeaveTest, AnIdleWorkerIsLetGoAtOnce) {
  cluster_.workers.Connect("a", 1);
  cluster_.Settle();
  cluster_.workers.TakeLog();
  cluster_.workers.Leave("a");
  cluster_.Settle();
  EXPECT_THAT(cluster_.workers.TakeLog(), ElementsAre("a: dismissed"));
  EXPECT_TRUE(HasMetric("millrace_cluster_workers 0"));
}

TEST_F(WorkerLeaveTest, AJobTakesALastCheckpointAndGoesOnElsewhereFromThere) {
  const JobId job = Run();
  cluster_.workers.Connect("b", 2);
  cluster_.Settle();
  cluster_.workers.TakeLog();
  cluster_.workers.Leave("a");
  cluster_.Settle();
  EXPECT_THAT(cluster_.workers.TakeLog(),
              ElementsAre("a: trigger 1 final", "a: durable 1", "a: dismissed",
                          "b: deploy 2 from 1", "b: start 2"));
  EXPECT_EQ(cluster_.StateOf(job), "RUNNING");
  EXPECT_EQ(cluster_.View(job)->message, "");
}

TEST_F(WorkerLeaveTest, AMoveIsNoRestartAndALeaverIsNotMissed) {
  const JobId job = Run();
  cluster_.workers.Connect("b", 2);
  cluster_.workers.Leave("a");
  cluster_.Settle();
  cluster_.workers.Disconnect("a");
  cluster_.Advance(absl::Seconds(1));
  EXPECT_EQ(cluster_.View(job)->attempt, Attempt(2));
  EXPECT_EQ(cluster_.View(job)->restarts, 0);
  EXPECT_TRUE(HasMetric("millrace_job_restarts_total{job=\"" + job.value() +
                        "\",job_name=\"count clicks\"} 0"));
  EXPECT_TRUE(HasMetric("millrace_cluster_workers_lost 0"));
}

TEST_F(WorkerLeaveTest, WithoutSlotsElsewhereTheJobSaysWhyItWaitsAndGoesOnWhenTheyCome) {
  const JobId job = Run();
  cluster_.workers.Leave("a");
  cluster_.Settle();
  EXPECT_EQ(cluster_.StateOf(job), "SCHEDULING");
  EXPECT_EQ(cluster_.View(job)->message,
            "waits for slots: needs 1 slots, 0 are free on 0 workers; worker a left");
  cluster_.workers.TakeLog();
  cluster_.workers.Connect("a", 2);
  cluster_.Settle();
  EXPECT_EQ(cluster_.StateOf(job), "RUNNING");
  EXPECT_THAT(cluster_.workers.TakeLog(), testing::Contains("a: deploy 2 from 1"));
}

TEST_F(WorkerLeaveTest, OneCheckpointServesAllThatLeave) {
  cluster_.workers.Connect("a", 1);
  cluster_.workers.Connect("b", 1);
  const JobId job = cluster_.Submit(CountClicks(2));
  cluster_.workers.TakeLog();
  cluster_.workers.habits.ack = false;
  cluster_.workers.Leave("a");
  cluster_.Settle();
  cluster_.workers.Leave("b");
  cluster_.Settle();
  EXPECT_EQ(cluster_.View(job)->message, "workers a, b leaving: a last checkpoint comes first");
  cluster_.workers.Ack("a", Epoch(1));
  cluster_.workers.Ack("b", Epoch(1));
  cluster_.Settle();
  EXPECT_THAT(cluster_.workers.TakeLog(),
              UnorderedElementsAre("a: trigger 1 final", "b: trigger 1 final", "a: durable 1",
                                   "b: durable 1", "a: dismissed", "b: dismissed"));
  EXPECT_THAT(cluster_.View(job)->message, HasSubstr("; workers a, b left"));
}

TEST_F(WorkerLeaveTest, ACheckpointThatFailsCostsWhatCameAfterTheOneBefore) {
  const JobId job = Run();
  cluster_.workers.Connect("b", 2);
  cluster_.Advance(absl::Milliseconds(1200));
  ASSERT_EQ(EpochOf(job), 1);
  cluster_.workers.habits.ack = false;
  cluster_.workers.Leave("a");
  cluster_.Settle();
  cluster_.workers.TakeLog();
  cluster_.workers.Decline("a", Epoch(2), "its disk is full");
  cluster_.workers.habits.ack = true;
  cluster_.Settle();
  EXPECT_THAT(cluster_.workers.TakeLog(), ElementsAre("a: abort 2", "a: cancel 1", "a: dismissed",
                                                      "b: deploy 2 from 1", "b: start 2"));
  EXPECT_EQ(cluster_.View(job)->restarts, 0);
}

TEST_F(WorkerLeaveTest, ACheckpointThatTakesTooLongIsNotWaitedFor) {
  const JobId job = Run();
  cluster_.workers.Connect("b", 2);
  cluster_.workers.habits.ack = false;
  cluster_.workers.Leave("a", absl::Seconds(3));
  cluster_.Advance(absl::Milliseconds(2900));
  EXPECT_EQ(cluster_.StateOf(job), "RUNNING");
  cluster_.workers.TakeLog();
  cluster_.Advance(absl::Milliseconds(200));
  EXPECT_THAT(cluster_.workers.TakeLog(),
              ElementsAre("a: cancel 1", "a: dismissed", "b: deploy 2", "b: start 2"));
}

TEST_F(WorkerLeaveTest, TasksThatDoNotEndKeepTheirWorkerOnlySoLong) {
  Run();
  cluster_.workers.habits.ack = false;
  cluster_.workers.habits.cancel = false;
  cluster_.workers.Leave("a", absl::Seconds(3));
  cluster_.Advance(absl::Seconds(4));
  cluster_.workers.TakeLog();
  cluster_.Advance(absl::Seconds(5));
  EXPECT_THAT(cluster_.workers.TakeLog(), ElementsAre("a: dismissed"));
}

TEST_F(WorkerLeaveTest, ALeavingWorkerGetsNoNewTasks) {
  Run();
  cluster_.workers.habits.ack = false;
  cluster_.workers.Leave("a");
  cluster_.Settle();
  EXPECT_TRUE(HasMetric("millrace_cluster_slots{state=\"free\"} 0"));
  const JobId late = cluster_.Submit(CountClicks());
  EXPECT_EQ(cluster_.StateOf(late), "SCHEDULING");
}

TEST_F(WorkerLeaveTest, AWorkerThatIsKilledWhileItLeavesIsALossOfItsJobs) {
  const JobId job = Run();
  cluster_.workers.Connect("b", 2);
  cluster_.workers.habits.ack = false;
  cluster_.workers.Leave("a");
  cluster_.Settle();
  cluster_.workers.Disconnect("a");
  cluster_.Settle();
  EXPECT_THAT(cluster_.View(job)->message, HasSubstr("worker a was lost"));
  EXPECT_EQ(cluster_.View(job)->restarts, 1);
  EXPECT_TRUE(HasMetric("millrace_cluster_workers_lost 0"));
}

TEST_F(WorkerLeaveTest, AStopThatComesMeanwhileIsMetByTheSameCheckpoint) {
  const JobId job = Run();
  cluster_.workers.habits.ack = false;
  cluster_.workers.Leave("a");
  cluster_.Settle();
  ASSERT_OK(cluster_.Stop(job));
  cluster_.workers.TakeLog();
  cluster_.workers.Ack("a", Epoch(1));
  cluster_.Settle();
  EXPECT_THAT(cluster_.workers.TakeLog(), ElementsAre("a: durable 1", "a: dismissed"));
  EXPECT_EQ(cluster_.StateOf(job), "STOPPED");
}

TEST_F(WorkerLeaveTest, AJobThatHasReadAllFinishesInsteadOfMoving) {
  const JobId job = Run();
  cluster_.workers.habits.ack = false;
  cluster_.workers.Leave("a");
  cluster_.workers.Report("a", kSource, TaskEventKind::kInputEnded);
  cluster_.Settle();
  cluster_.workers.Ack("a", Epoch(1));
  cluster_.Settle();
  EXPECT_EQ(cluster_.StateOf(job), "FINISHED");
}

TEST_F(WorkerLeaveTest, AJobThatOpensIsMovedWithoutACheckpoint) {
  cluster_.workers.habits.open = false;
  cluster_.workers.Connect("a", 2);
  const JobId job = cluster_.Submit(CountClicks());
  cluster_.workers.Connect("b", 2);
  cluster_.Settle();
  cluster_.workers.TakeLog();
  cluster_.workers.habits.open = true;
  cluster_.workers.Leave("a");
  cluster_.Settle();
  EXPECT_THAT(cluster_.workers.TakeLog(),
              ElementsAre("a: cancel 1", "a: dismissed", "b: deploy 2", "b: start 2"));
  EXPECT_EQ(cluster_.View(job)->restarts, 0);
}

TEST_F(WorkerLeaveTest, AJobWithoutTasksThereIsNotDisturbed) {
  const JobId job = Run();
  cluster_.workers.Connect("b", 2);
  cluster_.Settle();
  cluster_.workers.TakeLog();
  cluster_.workers.Leave("b");
  cluster_.Settle();
  EXPECT_THAT(cluster_.workers.TakeLog(), ElementsAre("b: dismissed"));
  EXPECT_EQ(cluster_.View(job)->attempt, Attempt(1));
}

TEST_F(WorkerLeaveTest, WhatASessionOfNobodySaysIsIgnored) {
  Run();
  cluster_.workers.TakeLog();
  cluster_.manager().OnLeave(SessionId(77), absl::Seconds(1));
  cluster_.Settle();
  EXPECT_THAT(cluster_.workers.TakeLog(), IsEmpty());
}

}  // namespace
}  // namespace millrace
