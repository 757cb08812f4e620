// Whole lives of jobs, decided by the real cores and carried out by the real drivers, with fake
// workers. What goes wrong is in job_recovery_test.cc.

#include "coordinator/job/job_manager.h"

#include <gmock/gmock.h>

#include "tests/harness/status_matchers.h"
#include "tests/unit/coordinator/job/job_fixture.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using JobManagerTest = JobFixture;

TEST_F(JobManagerTest, AJobIsStoredDeployedAndStarted) {
  const JobId job = Run();
  EXPECT_THAT(cluster_.workers.TakeLog(),
              ElementsAre("a: registered", "a: deploy 1", "a: start 1"));
  const JobViewPtr view = cluster_.View(job);
  EXPECT_EQ(view->name, "count clicks");
  EXPECT_EQ(view->attempt, Attempt(1));
  EXPECT_EQ(view->stages[1].name, "counts");
  EXPECT_EQ(view->stages[1].tasks[0].worker, WorkerId("a"));
}

TEST_F(JobManagerTest, AJobWithoutSlotsSaysWhatItWaitsForAndStartsWhenTheyCome) {
  cluster_.workers.Connect("a", 2);
  const JobId job = cluster_.Submit(CountClicks(4));
  EXPECT_EQ(cluster_.StateOf(job), "SCHEDULING");
  EXPECT_EQ(cluster_.View(job)->message, "waits for slots: needs 4 slots, 2 are free on 1 workers");
  cluster_.workers.Connect("b", 2);
  cluster_.Settle();
  EXPECT_EQ(cluster_.StateOf(job), "RUNNING");
  EXPECT_EQ(cluster_.View(job)->message, "");
  EXPECT_EQ(cluster_.workers.tasks("b").size(), 4u);
}

TEST_F(JobManagerTest, SlotsOfAJobThatEndsGoToTheOneThatWaitedLongest) {
  const JobId first = Run(CountClicks(2));
  const JobId second = cluster_.Submit(CountClicks(2));
  cluster_.Advance(absl::Milliseconds(10));
  const JobId third = cluster_.Submit(CountClicks(2));
  ASSERT_OK(cluster_.Cancel(first));
  EXPECT_EQ(cluster_.StateOf(first), "CANCELLED");
  EXPECT_EQ(cluster_.StateOf(second), "RUNNING");
  EXPECT_EQ(cluster_.StateOf(third), "SCHEDULING");
}

TEST_F(JobManagerTest, APlanThatIsNotValidIsRefused) {
  JobGraph graph = CountClicks();
  graph.edges[0].key_columns = {9};
  EXPECT_THAT(cluster_.TrySubmit(graph),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("its key is column 9")));
  EXPECT_THAT(cluster_.board().List(), IsEmpty());
}

TEST_F(JobManagerTest, TheSameRequestGivesTheSameJob) {
  const JobId job = cluster_.Submit(CountClicks(), "request-1");
  EXPECT_EQ(cluster_.Submit(CountClicks(3), "request-1"), job);
  EXPECT_NE(cluster_.Submit(CountClicks(), "request-2"), job);
  cluster_.Restart();
  EXPECT_EQ(cluster_.Submit(CountClicks(), "request-1"), job);
  EXPECT_EQ(cluster_.board().List().size(), 2u);
}

TEST_F(JobManagerTest, ANameOfTheSubmissionIsThatOfThePlan) {
  cluster_.workers.Connect("a", 1);
  JobId job;
  cluster_.manager().Submit({.name = "mine", .graph = CountClicks()},
                            [&](absl::StatusOr<JobViewPtr> view) { job = (*view)->id; });
  cluster_.Settle();
  EXPECT_EQ(cluster_.View(job)->name, "mine");
  EXPECT_EQ(cluster_.workers.deployed("a").graph->name, "mine");
}

TEST_F(JobManagerTest, TwoRequestsAtOnceGiveOneJob) {
  std::vector<JobId> answers;
  for (int i = 0; i < 2; ++i) {
    cluster_.manager().Submit(
        {.request_id = "r", .graph = CountClicks()},
        [&](absl::StatusOr<JobViewPtr> view) { answers.push_back((*view)->id); });
  }
  cluster_.Settle();
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0], answers[1]);
}

TEST_F(JobManagerTest, ASubmissionThatCannotBeStoredIsNoJob) {
  cluster_.store.FailWrites(absl::ResourceExhaustedError("no space left on device"));
  EXPECT_THAT(cluster_.TrySubmit(CountClicks(), "r"),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("no space left")));
  EXPECT_THAT(cluster_.board().List(), IsEmpty());
  cluster_.store.FailWrites(absl::OkStatus());
  EXPECT_OK(cluster_.TrySubmit(CountClicks(), "r"));
}

TEST_F(JobManagerTest, CheckpointsAreTakenStoredCommittedAndAnnounced) {
  const JobId job = Run();
  cluster_.workers.TakeLog();
  cluster_.Advance(absl::Milliseconds(1200));
  EXPECT_THAT(cluster_.workers.TakeLog(), ElementsAre("a: trigger 1", "a: durable 1"));
  EXPECT_EQ(EpochOf(job), 1);
  EXPECT_EQ(cluster_.View(job)->checkpoint.completed, 1);
  EXPECT_THAT(cluster_.files.paths(),
              Contains(AllOf(HasSubstr("/checkpoints/" + job.value() + "/manifests/1-1-"))));
  cluster_.Advance(absl::Seconds(3));
  EXPECT_GE(EpochOf(job), 3);
}

TEST_F(JobManagerTest, AnIdleJobTakesNoCheckpoints) {
  const JobId job = Run();
  cluster_.workers.habits.moved = false;
  cluster_.Advance(absl::Seconds(3));
  const int64_t epoch = EpochOf(job);
  cluster_.Advance(absl::Minutes(1));
  EXPECT_EQ(EpochOf(job), epoch);
}

TEST_F(JobManagerTest, StoppingTakesALastCheckpoint) {
  const JobId job = Run();
  cluster_.workers.TakeLog();
  ASSERT_OK_AND_ASSIGN(const JobViewPtr view, cluster_.Stop(job));
  EXPECT_THAT(cluster_.workers.TakeLog(), ElementsAre("a: trigger 1 final", "a: durable 1"));
  EXPECT_EQ(cluster_.StateOf(job), "STOPPED");
  EXPECT_EQ(EpochOf(job), 1);
}

TEST_F(JobManagerTest, BoundedInputEndsInTheSameWay) {
  const JobId job = Run();
  cluster_.workers.Report("a", kSource, TaskEventKind::kInputEnded);
  cluster_.Settle();
  EXPECT_EQ(cluster_.StateOf(job), "FINISHED");
  EXPECT_EQ(EpochOf(job), 1);
}

TEST_F(JobManagerTest, AWorkerOfAnotherClusterIsRefused) {
  std::string refusal;
  cluster_.manager().OnRegister(
      SessionId(77), {.cluster_id = "other", .protocol = 1, .worker = WorkerId("x"), .slots = 1},
      [&](const absl::Status& status) { refusal = std::string(status.message()); });
  cluster_.Settle();
  EXPECT_THAT(refusal, HasSubstr("belongs to cluster 'other'"));
}

TEST_F(JobManagerTest, NewsOfATaskFromAWorkerThatDoesNotRunItIsIgnored) {
  const JobId job = Run();
  cluster_.workers.Connect("b", 1);
  cluster_.Settle();
  cluster_.manager().OnTask(
      SessionId(2), job,
      {.attempt = Attempt(1), .task = kSource, .kind = TaskEventKind::kFailed, .error = "lie"});
  cluster_.Settle();
  EXPECT_EQ(cluster_.StateOf(job), "RUNNING");
}

TEST_F(JobManagerTest, AnUnknownJobIsNotFound) {
  EXPECT_THAT(cluster_.Stop(JobId("job-0")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("job-0")));
  EXPECT_THAT(cluster_.Cancel(JobId("job-0")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("")));
}

TEST_F(JobManagerTest, FilesThatNoCheckpointNeedsAnyMoreAreDeleted) {
  const JobId job = Run();
  cluster_.Advance(absl::Seconds(15));
  int manifests = 0;
  for (const std::string& path : cluster_.files.paths()) {
    manifests += path.find(".manifest") != std::string::npos;
  }
  EXPECT_GE(EpochOf(job), 12);
  EXPECT_LT(manifests, 10);
}

TEST_F(JobManagerTest, AJobThatHasFinishedLeavesNoCheckpoints) {
  const JobId job = Run();
  cluster_.Advance(absl::Seconds(2));
  EXPECT_GT(CheckpointFiles(job), 0);
  cluster_.workers.Report("a", kSource, TaskEventKind::kInputEnded);
  cluster_.Settle();
  EXPECT_EQ(cluster_.StateOf(job), "FINISHED");
  EXPECT_EQ(CheckpointFiles(job), 0);
}

TEST_F(JobManagerTest, AJobThatWasCancelledLeavesNoCheckpointsButWhatIsKnownOfThem) {
  const JobId job = Run();
  cluster_.Advance(absl::Seconds(2));
  const int64_t epoch = EpochOf(job);
  EXPECT_GT(CheckpointFiles(job), 0);
  ASSERT_OK(cluster_.Cancel(job));
  EXPECT_EQ(cluster_.StateOf(job), "CANCELLED");
  EXPECT_EQ(CheckpointFiles(job), 0);
  EXPECT_EQ(EpochOf(job), epoch);
}

TEST_F(JobManagerTest, AJobThatWasStoppedKeepsItsCheckpoints) {
  const JobId job = Run();
  ASSERT_OK(cluster_.Stop(job));
  EXPECT_EQ(cluster_.StateOf(job), "STOPPED");
  EXPECT_GT(CheckpointFiles(job), 0);
}

TEST_F(JobManagerTest, NumbersOfTasksAreShown) {
  const JobId job = Run();
  cluster_.Advance(absl::Seconds(2));
  EXPECT_GT(cluster_.View(job)->stages[0].tasks[0].records_in, 0);
}

TEST_F(JobManagerTest, MetricsTellStatesAndCheckpoints) {
  const JobId job = Run();
  cluster_.Advance(absl::Milliseconds(1200));
  const std::string labels = "job=\"" + job.value() + "\",job_name=\"count clicks\"";
  EXPECT_TRUE(HasMetric("millrace_job_status{" + labels + ",state=\"RUNNING\"} 1"));
  EXPECT_TRUE(HasMetric("millrace_job_status{" + labels + ",state=\"FAILED\"} 0"));
  EXPECT_TRUE(HasMetric("millrace_checkpoints_total{" + labels + ",result=\"completed\"} 1"));
  EXPECT_TRUE(HasMetric("millrace_cluster_workers 1"));
  EXPECT_TRUE(HasMetric("millrace_cluster_slots{state=\"free\"} 1"));
  EXPECT_TRUE(HasMetric("millrace_cluster_slots{state=\"used\"} 1"));
}

TEST_F(JobManagerTest, MetricsTellHowLongAJobRunsAndHowItsCheckpointsGo) {
  const JobId job = Run();
  cluster_.Advance(absl::Milliseconds(1200));
  const std::string labels = "{job=\"" + job.value() + "\",job_name=\"count clicks\"}";
  EXPECT_TRUE(HasMetric("millrace_job_uptime_seconds" + labels + " 1.2"));
  EXPECT_TRUE(HasMetric("millrace_checkpoint_interval_seconds" + labels + " 1"));
  EXPECT_TRUE(HasMetric("millrace_checkpoint_consecutive_failures" + labels + " 0"));
  cluster_.files.FailWrites(absl::ResourceExhaustedError("no space left on device"));
  cluster_.Advance(absl::Milliseconds(2200));
  EXPECT_TRUE(HasMetric("millrace_checkpoint_consecutive_failures" + labels + " 2"));
  cluster_.files.FailWrites(absl::OkStatus());
  cluster_.Advance(absl::Milliseconds(1200));
  EXPECT_TRUE(HasMetric("millrace_checkpoint_consecutive_failures" + labels + " 0"));
}

TEST_F(JobManagerTest, SeriesOfAJobThatHasEndedStayForAnHour) {
  const JobId job = Run();
  ASSERT_OK(cluster_.Stop(job));
  cluster_.workers.habits.moved = false;
  const std::string labels = "job=\"" + job.value() + "\",job_name=\"count clicks\"";
  cluster_.Advance(absl::Minutes(59));
  EXPECT_TRUE(HasMetric("millrace_job_status{" + labels + ",state=\"STOPPED\"} 1"));
  EXPECT_TRUE(HasMetric("millrace_job_uptime_seconds{" + labels + "} 0"));
  EXPECT_TRUE(HasMetric("millrace_checkpoint_interval_seconds{" + labels + "} 0"));
  cluster_.Advance(absl::Minutes(2));
  EXPECT_FALSE(HasMetric(job.value()));
  EXPECT_EQ(cluster_.StateOf(job), "STOPPED");
}

TEST_F(JobManagerTest, SeriesOfAJobThatEndedLongAgoDoNotComeBackWithTheCoordinator) {
  const JobId job = Run();
  ASSERT_OK(cluster_.Stop(job));
  cluster_.Restart();
  EXPECT_TRUE(HasMetric(job.value()));
  cluster_.clock.Advance(absl::Hours(2));
  cluster_.Restart();
  EXPECT_FALSE(HasMetric(job.value()));
}

TEST_F(JobManagerTest, AWatcherSeesEveryStateInOrder) {
  cluster_.workers.Connect("a", 1);
  cluster_.workers.habits.open = false;
  const JobId job = cluster_.Submit(CountClicks());
  std::vector<std::string_view> seen;
  cluster_.board().Watch(job, [&](const JobViewPtr& view) { seen.push_back(Name(view->state)); });
  for (const TaskId& task : {kSource, kSink}) {
    cluster_.workers.Report("a", task, TaskEventKind::kOpen);
  }
  cluster_.Settle();
  ASSERT_OK(cluster_.Cancel(job));
  EXPECT_THAT(seen, ElementsAre("DEPLOYING", "RUNNING", "CANCELLING", "CANCELLED"));
}

}  // namespace
}  // namespace millrace
