// The life of a job as a conversation: what happens, and what the life cycle asks for.

#include "coordinator/job/job_lifecycle.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "tests/unit/coordinator/job/lifecycle_fixture.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(JobLifecycleTest, ANewJobLooksForSlots) {
  EXPECT_EQ(state(), "CREATED");
  EXPECT_THAT(Lines(job_->Begin()), ElementsAre("changed", "find slots"));
  EXPECT_EQ(state(), "SCHEDULING");
}

TEST_F(JobLifecycleTest, WithoutSlotsItSaysOnceWhatItWaitsFor) {
  job_->Begin();
  EXPECT_THAT(Lines(job_->OnNoSlots("needs 4 slots, 2 are free")), ElementsAre("message"));
  EXPECT_THAT(Lines(job_->OnNoSlots("needs 4 slots, 2 are free")), IsEmpty());
  EXPECT_EQ(message(), "waits for slots: needs 4 slots, 2 are free");
  EXPECT_EQ(state(), "SCHEDULING");
}

TEST_F(JobLifecycleTest, SlotsBeginAnAttempt) {
  job_->Begin();
  EXPECT_THAT(Slots(), ElementsAre("changed", "deploy"));
  EXPECT_EQ(state(), "DEPLOYING");
  EXPECT_EQ(job_->progress().attempt, Attempt(1));
  EXPECT_EQ(*job_->WorkerOf(kSink), WorkerId("b"));
}

TEST_F(JobLifecycleTest, ItStartsWhenTheLastTaskIsOpen) {
  Deploy();
  EXPECT_THAT(Report(kSource, TaskEventKind::kOpen), IsEmpty());
  EXPECT_THAT(Report(kSink, TaskEventKind::kOpen), ElementsAre("changed", "start"));
  EXPECT_EQ(state(), "RUNNING");
}

TEST_F(JobLifecycleTest, NewsOfAnOlderAttemptIsIgnored) {
  Deploy();
  EXPECT_THAT(Lines(job_->OnTask(
                  {.attempt = Attempt(0), .task = kSource, .kind = TaskEventKind::kFailed}, now_)),
              IsEmpty());
  EXPECT_EQ(state(), "DEPLOYING");
}

TEST_F(JobLifecycleTest, AFailureCancelsAllTasksAndStartsAgainAfterABackoff) {
  Run();
  EXPECT_THAT(Report(kSource, TaskEventKind::kFailed),
              ElementsAre("end checkpoints", "cancel", "changed"));
  EXPECT_EQ(state(), "RESTARTING");
  EXPECT_THAT(message(), HasSubstr("task 'clicks' 1/1 on worker a: broken"));
  EXPECT_THAT(Tick(absl::Seconds(1)), IsEmpty());  // The sink still runs.
  EXPECT_THAT(Report(kSink, TaskEventKind::kCancelled),
              ElementsAre("release", "changed", "find slots"));
  EXPECT_THAT(Slots(), ElementsAre("changed", "deploy"));
  EXPECT_EQ(job_->progress().attempt, Attempt(2));
  EXPECT_EQ(job_->progress().restarts, 1);
}

TEST_F(JobLifecycleTest, TheBackoffIsWaitedForAlthoughAllTasksHaveEnded) {
  Run();
  Report(kSource, TaskEventKind::kFailed);
  EXPECT_THAT(Report(kSink, TaskEventKind::kCancelled), IsEmpty());
  EXPECT_THAT(Tick(absl::Milliseconds(99)), IsEmpty());
  EXPECT_THAT(Tick(absl::Milliseconds(1)), ElementsAre("release", "changed", "find slots"));
}

TEST_F(JobLifecycleTest, TasksThatDoNotEndAreWaitedForOnlySoLong) {
  Run();
  Report(kSource, TaskEventKind::kFailed);
  EXPECT_THAT(Tick(absl::Seconds(5)), IsEmpty());
  EXPECT_THAT(Tick(absl::Milliseconds(1)), ElementsAre("release", "changed", "find slots"));
}

TEST_F(JobLifecycleTest, TasksThatDidNotEndInTimeAreNoNewsAnyMore) {
  Run();
  Report(kSource, TaskEventKind::kFailed);
  Tick(absl::Seconds(6));
  EXPECT_THAT(Report(kSink, TaskEventKind::kFailed), IsEmpty());
  EXPECT_THAT(Lines(job_->OnWorkerLost(WorkerId("b"), "gone", now_)), IsEmpty());
  EXPECT_EQ(state(), "SCHEDULING");
}

TEST_F(JobLifecycleTest, ALostWorkerIsAFailure) {
  Run();
  EXPECT_THAT(Lines(job_->OnWorkerLost(WorkerId("b"), "its connection was lost", now_)),
              ElementsAre("end checkpoints", "cancel", "changed"));
  EXPECT_THAT(message(), HasSubstr("worker b was lost: its connection was lost"));
  EXPECT_EQ(state(), "RESTARTING");
}

TEST_F(JobLifecycleTest, AfterALostWorkerItStartsAgainAtOnceButNotTwiceInARow) {
  Run();
  job_->OnWorkerLost(WorkerId("b"), "gone", now_);
  EXPECT_EQ(message(), "worker b was lost: gone; restart 1 at once");
  EXPECT_THAT(Report(kSource, TaskEventKind::kCancelled),
              ElementsAre("release", "changed", "find slots"));
  Slots();
  job_->OnWorkerLost(WorkerId("b"), "gone again", now_);
  EXPECT_EQ(message(), "worker b was lost: gone again; restart 2 in 200ms");
}

TEST_F(JobLifecycleTest, AWorkerWithoutTasksOfTheJobIsNoLoss) {
  Run();
  EXPECT_THAT(Lines(job_->OnWorkerLost(WorkerId("c"), "gone", now_)), IsEmpty());
  EXPECT_EQ(state(), "RUNNING");
}

TEST_F(JobLifecycleTest, AHopelessFailureBeforeItEverRanIsTheEnd) {
  Deploy();
  EXPECT_THAT(Report(kSource, TaskEventKind::kFailed, /*retryable=*/false, "no topic 'x'"),
              ElementsAre("end checkpoints", "cancel", "release", "changed"));
  EXPECT_EQ(state(), "FAILED");
  EXPECT_EQ(message(), "task 'clicks' 1/1 on worker a: no topic 'x'");
}

TEST_F(JobLifecycleTest, AConsequenceThatIsToldFirstDoesNotHideItsCause) {
  Run();
  Report(kSource, TaskEventKind::kFailed, /*retryable=*/true, "the receiving task is gone");
  EXPECT_EQ(state(), "RESTARTING");
  EXPECT_THAT(Report(kSink, TaskEventKind::kFailed, /*retryable=*/false, "state is damaged"),
              ElementsAre("changed"));
  EXPECT_EQ(state(), "RESTARTING");
  EXPECT_EQ(message(), "task 'counts' 1/1 on worker b: state is damaged; restart 1 in 100ms");
}

TEST_F(JobLifecycleTest, ACauseThatNoAttemptCuresEndsTheJobThoughAConsequenceIsToldFirst) {
  Run();
  for (int attempt = 1; attempt <= 4; ++attempt) {
    ASSERT_EQ(state(), "RUNNING");
    Report(kSource, TaskEventKind::kFailed, /*retryable=*/true, "the receiving task is gone");
    Report(kSink, TaskEventKind::kFailed, /*retryable=*/false, "state is damaged");
    if (attempt == 4) break;
    Tick(absl::Seconds(10));
    Slots();
    Report(kSource, TaskEventKind::kOpen);
    Report(kSink, TaskEventKind::kOpen);
  }
  EXPECT_EQ(state(), "FAILED");
  EXPECT_EQ(message(), "task 'counts' 1/1 on worker b: state is damaged (after 3 restarts)");
}

TEST_F(JobLifecycleTest, TwoHopelessFailuresOfAnAttemptCountOnce) {
  Run();
  Report(kSource, TaskEventKind::kFailed, /*retryable=*/false, "no topic");
  EXPECT_THAT(Report(kSink, TaskEventKind::kFailed, /*retryable=*/false, "state is damaged"),
              ElementsAre());
  EXPECT_EQ(message(), "task 'clicks' 1/1 on worker a: no topic; restart 1 in 100ms");
}

TEST_F(JobLifecycleTest, AHopelessCauseBeforeItEverRanIsTheEndThoughAConsequenceIsToldFirst) {
  Deploy();
  Report(kSource, TaskEventKind::kFailed, /*retryable=*/true, "the receiving task is gone");
  EXPECT_EQ(state(), "RESTARTING");
  EXPECT_THAT(Report(kSink, TaskEventKind::kFailed, /*retryable=*/false, "no such topic"),
              ElementsAre("release", "changed"));
  EXPECT_EQ(state(), "FAILED");
  EXPECT_EQ(message(), "task 'counts' 1/1 on worker b: no such topic");
}

TEST_F(JobLifecycleTest, GivingUpSaysAfterHowManyRestarts) {
  Configure({}, {.max_restarts = 1});
  Run();
  Report(kSource, TaskEventKind::kFailed);
  Report(kSink, TaskEventKind::kCancelled);
  Tick(absl::Seconds(1));
  Slots();
  Report(kSource, TaskEventKind::kFailed);
  EXPECT_EQ(state(), "FAILED");
  EXPECT_THAT(message(), HasSubstr("broken (after 1 restarts)"));
}

TEST_F(JobLifecycleTest, WhatCannotBeDeployedIsRetriedOrNot) {
  Deploy();
  EXPECT_THAT(Lines(job_->OnDeployFailed("files are not there", true, now_)),
              ElementsAre("end checkpoints", "cancel", "changed"));
  EXPECT_EQ(state(), "RESTARTING");
  EXPECT_THAT(Tick(absl::Seconds(1)), ElementsAre("release", "changed", "find slots"));
  Slots();
  job_->OnDeployFailed("the checkpoint is damaged", false, now_);
  EXPECT_EQ(state(), "FAILED");
  EXPECT_THAT(message(), HasSubstr("cannot deploy: the checkpoint is damaged"));
}

TEST_F(JobLifecycleTest, ATaskThatDoesNotOpenIsNamed) {
  Deploy();
  Report(kSource, TaskEventKind::kOpen);
  EXPECT_THAT(Tick(absl::Minutes(2)), IsEmpty());
  EXPECT_THAT(Tick(absl::Seconds(1)), ElementsAre("end checkpoints", "cancel", "changed"));
  EXPECT_THAT(message(), HasSubstr("task 'counts' 1/1 on worker b: not open after 2m"));
}

TEST_F(JobLifecycleTest, BoundedInputThatEndsIsALastCheckpointAndThenTheEnd) {
  Run();
  EXPECT_THAT(Report(kSource, TaskEventKind::kInputEnded), ElementsAre("final checkpoint"));
  EXPECT_EQ(state(), "RUNNING");
  EXPECT_THAT(Report(kSource, TaskEventKind::kFinished), IsEmpty());
  EXPECT_THAT(Report(kSink, TaskEventKind::kFinished),
              ElementsAre("end checkpoints", "release", "changed"));
  EXPECT_EQ(state(), "FINISHED");
}

TEST_F(JobLifecycleTest, StoppingIsALastCheckpointAndThenTheEnd) {
  Run();
  EXPECT_THAT(Lines(job_->RequestStop(now_)), ElementsAre("changed", "final checkpoint"));
  EXPECT_EQ(state(), "STOPPING");
  Report(kSource, TaskEventKind::kFinished);
  EXPECT_THAT(Report(kSink, TaskEventKind::kFinished),
              ElementsAre("end checkpoints", "release", "changed"));
  EXPECT_EQ(state(), "STOPPED");
}

TEST_F(JobLifecycleTest, StoppingAJobWhoseInputHasEndedAsksForNoSecondLastCheckpoint) {
  Run();
  Report(kSource, TaskEventKind::kInputEnded);
  EXPECT_THAT(Lines(job_->RequestStop(now_)), ElementsAre("changed"));
}

TEST_F(JobLifecycleTest, ALastCheckpointThatFailsRestartsTheJobWhichStopsThen) {
  Run();
  job_->RequestStop(now_);
  EXPECT_THAT(Lines(job_->OnFinalCheckpointFailed("disk full", now_)),
              ElementsAre("end checkpoints", "cancel", "changed"));
  EXPECT_EQ(state(), "RESTARTING");
  Report(kSource, TaskEventKind::kCancelled);
  Report(kSink, TaskEventKind::kCancelled);
  Tick(absl::Seconds(1));
  Slots();
  Report(kSource, TaskEventKind::kOpen);
  EXPECT_THAT(Report(kSink, TaskEventKind::kOpen),
              ElementsAre("changed", "start", "changed", "final checkpoint"));
  EXPECT_EQ(state(), "STOPPING");
}

TEST_F(JobLifecycleTest, StoppingWhileItDeploysWaitsUntilItRuns) {
  Deploy();
  EXPECT_THAT(Lines(job_->RequestStop(now_)), ElementsAre("changed"));
  Report(kSource, TaskEventKind::kOpen);
  EXPECT_THAT(Report(kSink, TaskEventKind::kOpen),
              ElementsAre("changed", "start", "changed", "final checkpoint"));
}

TEST_F(JobLifecycleTest, StoppingWhatCannotBeStartedIsTheEndOnceThatShows) {
  Deploy();
  job_->RequestStop(now_);
  EXPECT_THAT(Report(kSink, TaskEventKind::kFailed, /*retryable=*/true, "no broker"),
              ElementsAre("end checkpoints", "cancel", "release", "changed"));
  EXPECT_EQ(state(), "STOPPED");
  EXPECT_THAT(message(), HasSubstr("no broker"));
}

TEST_F(JobLifecycleTest, WhileItDeploysAgainItStillSaysWhatWasWrong) {
  Deploy();
  Report(kSink, TaskEventKind::kFailed, /*retryable=*/true, "no broker");
  Report(kSource, TaskEventKind::kCancelled);
  Tick(absl::Seconds(1));
  Slots();
  EXPECT_EQ(state(), "DEPLOYING");
  EXPECT_THAT(message(), HasSubstr("no broker"));
  Report(kSource, TaskEventKind::kOpen);
  Report(kSink, TaskEventKind::kOpen);
  EXPECT_EQ(message(), "");
}

TEST_F(JobLifecycleTest, StoppingWhatDoesNotRunIsTheEndAtOnce) {
  job_->Begin();
  EXPECT_THAT(Lines(job_->RequestStop(now_)), ElementsAre("release", "changed"));
  EXPECT_EQ(state(), "STOPPED");
}

TEST_F(JobLifecycleTest, CancellingWaitsForTheTasks) {
  Run();
  EXPECT_THAT(Lines(job_->RequestCancel(now_)),
              ElementsAre("changed", "end checkpoints", "cancel"));
  EXPECT_EQ(state(), "CANCELLING");
  Report(kSource, TaskEventKind::kCancelled);
  EXPECT_THAT(Report(kSink, TaskEventKind::kCancelled), ElementsAre("release", "changed"));
  EXPECT_EQ(state(), "CANCELLED");
}

TEST_F(JobLifecycleTest, CancellingEndsWithoutTasksThatDoNotAnswer) {
  Run();
  job_->RequestCancel(now_);
  EXPECT_THAT(Tick(absl::Seconds(6)), ElementsAre("release", "changed"));
  EXPECT_EQ(state(), "CANCELLED");
}

TEST_F(JobLifecycleTest, WhatHasEndedStaysAsItIs) {
  job_->Begin();
  job_->RequestCancel(now_);
  EXPECT_THAT(Lines(job_->RequestStop(now_)), IsEmpty());
  EXPECT_THAT(Lines(job_->RequestCancel(now_)), IsEmpty());
  EXPECT_THAT(Slots(), IsEmpty());
  EXPECT_THAT(Lines(job_->Begin()), IsEmpty());
  EXPECT_EQ(state(), "CANCELLED");
}

TEST_F(JobLifecycleTest, AfterARestartOfTheCoordinatorARunningJobIsScheduledAgain) {
  Configure({.state = JobState::kRunning, .attempt = Attempt(4), .restarts = 3});
  EXPECT_THAT(Lines(job_->Begin()), ElementsAre("changed", "find slots"));
  EXPECT_EQ(message(), "the coordinator was restarted");
  Slots();
  EXPECT_EQ(job_->progress().attempt, Attempt(5));
  EXPECT_EQ(job_->progress().restarts, 3);
}

TEST_F(JobLifecycleTest, AfterARestartOfTheCoordinatorAStoppingJobStopsWhenItRuns) {
  Configure({.state = JobState::kStopping, .attempt = Attempt(1), .stop_requested = true});
  job_->Begin();
  Slots();
  Report(kSource, TaskEventKind::kOpen);
  EXPECT_THAT(Report(kSink, TaskEventKind::kOpen),
              ElementsAre("changed", "start", "changed", "final checkpoint"));
}

TEST_F(JobLifecycleTest, AfterARestartOfTheCoordinatorACancellingJobIsCancelled) {
  Configure({.state = JobState::kCancelling, .attempt = Attempt(1)});
  EXPECT_THAT(Lines(job_->Begin()), ElementsAre("changed"));
  EXPECT_EQ(state(), "CANCELLED");
}

// Whatever comes in whatever order: no transition outside the table (a CHECK), no end that is left,
// no attempt that goes back, and slots are given back at every end.

TEST_F(JobLifecycleTest, NoOrderOfEventsBreaksTheRules) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    Configure({}, {.max_restarts = 5});
    job_->Begin();
    bool holds_slots = false;
    for (int step = 0; step < 200; ++step) {
      const JobState before = job_->state();
      const Attempt attempt = job_->progress().attempt;
      const TaskId task = random.Below(2) == 0 ? kSource : kSink;
      std::vector<std::string> asked;
      switch (random.Below(11)) {
        case 0:
          asked = Slots();
          break;
        case 1:
          asked = Lines(job_->OnWorkerLost(WorkerId(random.Below(2) == 0 ? "a" : "b"), "x", now_));
          break;
        case 2:
          asked = Tick(absl::Milliseconds(random.Below(10'000)));
          break;
        case 3:
          if (random.Below(10) == 0) asked = Lines(job_->RequestStop(now_));
          break;
        case 4:
          if (random.Below(20) == 0) asked = Lines(job_->RequestCancel(now_));
          break;
        case 5:
          if (random.Below(5) == 0) asked = Lines(job_->OnFinalCheckpointFailed("x", now_));
          break;
        case 6:
          if (random.Below(5) == 0) asked = Lines(job_->OnDeployFailed("x", true, now_));
          break;
        case 7:
          if (random.Below(5) == 0) {
            asked = Leave(random.Below(2) == 0 ? "a" : "b", absl::Seconds(random.Below(10)));
          }
          break;
        default: {
          const uint32_t kind = random.Below(8);
          asked =
              Report(task, kind < 4 ? TaskEventKind::kOpen : static_cast<TaskEventKind>(kind - 2));
          break;
        }
      }
      for (const std::string& line : asked) {
        if (line == "deploy") holds_slots = true;
        if (line == "release") holds_slots = false;
      }
      EXPECT_GE(job_->progress().attempt, attempt);
      if (HasEnded(before)) {
        EXPECT_EQ(job_->state(), before);
      }
      if (HasEnded(job_->state())) {
        EXPECT_FALSE(holds_slots) << "seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace millrace
