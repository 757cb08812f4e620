// The test names, read in order, specify what becomes of a job whose state is saved, and of one
// that begins from it.

#include <gmock/gmock.h>

#include <memory>
#include <optional>

#include "tests/harness/status_matchers.h"
#include "tests/unit/coordinator/job/job_fixture.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kDir[] = "/savepoints";

class JobSavepointTest : public JobFixture {
 protected:
  using Answer = std::shared_ptr<std::optional<absl::StatusOr<SavepointMade>>>;

  // Asks for one; the answer comes when it is there.
  Answer Save(const JobId& job) {
    auto answer = std::make_shared<std::optional<absl::StatusOr<SavepointMade>>>();
    cluster_.manager().RequestSavepoint(
        job, kDir, [answer](absl::StatusOr<SavepointMade> made) { *answer = std::move(made); });
    cluster_.Settle();
    return answer;
  }
  absl::StatusOr<JobViewPtr> StopWithSavepoint(const JobId& job) {
    std::optional<absl::StatusOr<JobViewPtr>> answer;
    cluster_.manager().RequestStopWithSavepoint(
        job, kDir, [&](absl::StatusOr<JobViewPtr> view) { answer = std::move(view); });
    cluster_.Settle();
    CHECK(answer.has_value());
    return *answer;
  }
  JobId Restore(const std::string& path, JobGraph graph = CountClicks()) {
    std::optional<absl::StatusOr<JobViewPtr>> answer;
    cluster_.manager().Submit({.graph = std::move(graph), .restore = {.path = path}},
                              [&](absl::StatusOr<JobViewPtr> view) { answer = std::move(view); });
    cluster_.Settle();
    CHECK(answer.has_value());
    CHECK_OK(answer->status());
    return (**answer)->id;
  }
  std::vector<std::string> PathsIn(const std::string& folder) {
    std::vector<std::string> paths = cluster_.files.paths();
    std::erase_if(paths, [&](const std::string& path) { return !path.starts_with(folder + "/"); });
    return paths;
  }
};

TEST_F(JobSavepointTest, ASavepointIsAFolderOfItsOwnAndTheJobGoesOn) {
  const JobId job = Run();
  const Answer answer = Save(job);
  cluster_.Advance(absl::Seconds(1));
  ASSERT_TRUE(answer->has_value());
  ASSERT_OK(**answer);
  EXPECT_EQ((**answer)->path, absl::StrCat("/savepoints/", job.value(), "-1"));
  EXPECT_THAT(PathsIn((**answer)->path), Contains(HasSubstr("/manifests/1-")));
  EXPECT_EQ(cluster_.StateOf(job), "RUNNING");
  EXPECT_EQ(cluster_.View(job)->savepoint.path, (**answer)->path);
}

TEST_F(JobSavepointTest, ItIsNotCompleteBeforeItsOutputIsPublished) {
  const JobId job = Run();
  cluster_.workers.published = Epoch(0);
  const Answer answer = Save(job);
  cluster_.Advance(absl::Seconds(5));
  EXPECT_FALSE(answer->has_value());
  EXPECT_THAT(PathsIn(kDir), Not(Contains(HasSubstr("/manifests/"))));
  cluster_.workers.published = Epoch(1);
  cluster_.Advance(absl::Seconds(2));
  ASSERT_TRUE(answer->has_value());
  EXPECT_OK(**answer);
}

TEST_F(JobSavepointTest, AnIdleJobIsSavedAsWell) {
  const JobId job = Run();
  cluster_.workers.habits.moved = false;
  cluster_.Advance(absl::Seconds(10));
  cluster_.workers.published = Epoch(0);
  const Answer answer = Save(job);
  cluster_.Advance(absl::Seconds(1));
  cluster_.workers.published = Epoch(100);
  cluster_.Advance(absl::Seconds(2));
  ASSERT_TRUE(answer->has_value());
  EXPECT_OK(**answer);
}

TEST_F(JobSavepointTest, OneAtATime) {
  const JobId job = Run();
  cluster_.workers.published = Epoch(0);
  const Answer first = Save(job);
  const Answer second = Save(job);
  ASSERT_TRUE(second->has_value());
  EXPECT_THAT(**second, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("under way")));
  EXPECT_FALSE(first->has_value());
}

TEST_F(JobSavepointTest, AJobThatDoesNotRunIsNotSaved) {
  const JobId job = cluster_.Submit(CountClicks());
  const Answer answer = Save(job);
  ASSERT_TRUE(answer->has_value());
  EXPECT_THAT(**answer, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("SCHEDULING")));
  EXPECT_THAT(**Save(JobId("job-none")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("job-none")));
}

TEST_F(JobSavepointTest, ATaskThatFailsMeanwhileFailsTheSavepointAndLeavesNothing) {
  const JobId job = Run();
  cluster_.workers.published = Epoch(0);
  const Answer answer = Save(job);
  cluster_.Advance(absl::Seconds(2));
  cluster_.workers.Report("a", kSink, TaskEventKind::kFailed, "boom");
  cluster_.Settle();
  ASSERT_TRUE(answer->has_value());
  EXPECT_THAT(**answer, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("tasks ended")));
  EXPECT_THAT(PathsIn(kDir), IsEmpty());
}

TEST_F(JobSavepointTest, AFullDiskFailsTheSavepointAndNotTheJob) {
  const JobId job = Run();
  cluster_.Advance(absl::Seconds(3));
  cluster_.files.FailWrites(absl::ResourceExhaustedError("disk full"));
  const Answer answer = Save(job);
  cluster_.Advance(absl::Seconds(1));
  ASSERT_TRUE(answer->has_value());
  EXPECT_THAT((*answer)->status().message(), HasSubstr("disk full"));
  EXPECT_EQ(cluster_.StateOf(job), "RUNNING");
}

TEST_F(JobSavepointTest, AJobThatIsStoppedLeavesItsSavepointAndNoCheckpoints) {
  const JobId job = Run();
  cluster_.Advance(absl::Seconds(3));
  ASSERT_OK(StopWithSavepoint(job));
  cluster_.Advance(absl::Seconds(1));
  EXPECT_EQ(cluster_.StateOf(job), "STOPPED");
  const JobViewPtr view = cluster_.View(job);
  EXPECT_EQ(view->savepoint.epoch, view->checkpoint.epoch);
  EXPECT_THAT(PathsIn(view->savepoint.path), Not(IsEmpty()));
  EXPECT_EQ(CheckpointFiles(job), 0);
}

TEST_F(JobSavepointTest, ItIsNotStoppedBeforeItsSavepointIsComplete) {
  const JobId job = Run();
  ASSERT_OK(StopWithSavepoint(job));
  std::vector<std::string> seen;
  const auto watch = cluster_.board().Watch(job, [&](const JobViewPtr& view) {
    seen.push_back(absl::StrCat(std::string(Name(view->state)), " ", view->savepoint.path));
  });
  cluster_.Advance(absl::Seconds(1));
  cluster_.board().Unwatch(*watch);
  EXPECT_EQ(seen.back(), absl::StrCat("STOPPED /savepoints/", job.value(), "-1"));
  EXPECT_THAT(seen, Not(Contains("STOPPED ")));
}

TEST_F(JobSavepointTest, WithoutItsFolderAJobIsNotStopped) {
  const JobId job = Run();
  cluster_.files.FailWrites(absl::PermissionDeniedError("/savepoints: denied"));
  EXPECT_THAT(StopWithSavepoint(job),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("was not stopped")));
  EXPECT_EQ(cluster_.StateOf(job), "RUNNING");
}

TEST_F(JobSavepointTest, WithoutTasksAJobIsNotStoppedEither) {
  const JobId job = cluster_.Submit(CountClicks());
  EXPECT_THAT(StopWithSavepoint(job),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("--no-savepoint")));
  EXPECT_EQ(cluster_.StateOf(job), "SCHEDULING");
}

TEST_F(JobSavepointTest, AStopWithSavepointThatWasAnsweredSurvivesTheCoordinator) {
  const JobId job = Run();
  cluster_.workers.habits.ack = false;
  ASSERT_OK(StopWithSavepoint(job));
  cluster_.Restart();
  cluster_.workers.habits.ack = true;
  cluster_.workers.Connect("a", 2);
  cluster_.Advance(absl::Seconds(2));
  EXPECT_EQ(cluster_.StateOf(job), "STOPPED");
  EXPECT_THAT(PathsIn(cluster_.View(job)->savepoint.path), Not(IsEmpty()));
}

TEST_F(JobSavepointTest, WhatAKilledCoordinatorHasLeftHalfMadeGoes) {
  const JobId job = Run();
  cluster_.files.bytes(absl::StrCat("/savepoints/", job.value(), "-5/state/x")) = "x";
  cluster_.files.bytes("/savepoints/others-5/state/x") = "x";
  cluster_.Restart();
  EXPECT_THAT(PathsIn(kDir), ElementsAre("/savepoints/others-5/state/x"));
}

TEST_F(JobSavepointTest, ARestoredJobBeginsFromItUnderALineageOfItsOwn) {
  const JobId job = Run();
  cluster_.Advance(absl::Seconds(3));
  ASSERT_OK(StopWithSavepoint(job));
  cluster_.Advance(absl::Seconds(1));
  const SavepointMade saved = cluster_.View(job)->savepoint;
  const std::string lineage = cluster_.workers.deployed("a").lineage;

  const JobId restored = Restore(saved.path);
  EXPECT_NE(restored, job);
  EXPECT_EQ(cluster_.View(restored)->restored_from, saved.path);
  const DeployCommand& deployed = cluster_.workers.deployed("a");
  ASSERT_NE(deployed.restore, nullptr);
  EXPECT_EQ(deployed.restore->epoch, saved.epoch);
  EXPECT_EQ(deployed.restore->job, restored);
  EXPECT_EQ(deployed.restore->lineage, deployed.lineage);
  EXPECT_NE(deployed.lineage, lineage);
}

TEST_F(JobSavepointTest, ItsEpochsFollowThoseOfTheSavepoint) {
  const JobId job = Run();
  cluster_.Advance(absl::Seconds(3));
  ASSERT_OK(StopWithSavepoint(job));
  cluster_.Advance(absl::Seconds(1));
  const SavepointMade saved = cluster_.View(job)->savepoint;
  const JobId restored = Restore(saved.path);
  EXPECT_EQ(EpochOf(restored), saved.epoch.value());
  cluster_.Advance(absl::Seconds(1));
  EXPECT_GT(EpochOf(restored), saved.epoch.value());
}

TEST_F(JobSavepointTest, OnceAnsweredForItNeedsTheSavepointNoMore) {
  const JobId job = Run();
  cluster_.Advance(absl::Seconds(3));
  ASSERT_OK(StopWithSavepoint(job));
  cluster_.Advance(absl::Seconds(1));
  const SavepointMade saved = cluster_.View(job)->savepoint;
  const JobId restored = Restore(saved.path);
  ASSERT_OK(cluster_.files.RemoveTree(saved.path));
  cluster_.Restart();
  cluster_.workers.Connect("a", 2);
  cluster_.Settle();
  EXPECT_EQ(cluster_.StateOf(restored), "RUNNING");
  EXPECT_GE(cluster_.workers.deployed("a").restore->epoch, saved.epoch);
}

TEST_F(JobSavepointTest, AJobWhoseSavepointHasGoneIsTriedAgainAndSaysWhatIsMissing) {
  cluster_.workers.Connect("a", 2);
  const JobId restored = Restore("/savepoints/none-1");
  EXPECT_EQ(cluster_.StateOf(restored), "RESTARTING");
  EXPECT_THAT(cluster_.View(restored)->message, HasSubstr("/savepoints/none-1"));
}

TEST_F(JobSavepointTest, AnotherParallelismIsRestoredToo) {
  const JobId job = Run();
  cluster_.Advance(absl::Seconds(3));
  ASSERT_OK(StopWithSavepoint(job));
  cluster_.Advance(absl::Seconds(1));
  const JobId restored = Restore(cluster_.View(job)->savepoint.path, CountClicks(2));
  EXPECT_EQ(cluster_.StateOf(restored), "RUNNING");
  cluster_.Advance(absl::Seconds(1));
  EXPECT_GT(EpochOf(restored), cluster_.View(job)->savepoint.epoch.value());
}

}  // namespace
}  // namespace millrace
