// The test names, read in order, specify what a client is answered who saves jobs and restores
// them.

#include <gmock/gmock.h>

#include <filesystem>

#include "tests/unit/coordinator/server/coordinator_fixture.h"

namespace millrace {
namespace {

using testing::HasSubstr;

class SavepointCallsTest : public CoordinatorTest {
 protected:
  // A job that runs on a worker, which is kept.
  std::string Run() {
    Start();
    worker_ = Worker("a");
    const std::string job = Submit();
    EXPECT_TRUE(worker_->WaitFor("start 1"));
    WatchUntil(job, v1::JOB_STATE_RUNNING);
    return job;
  }
  absl::StatusOr<v1::SavepointJobResponse> Save(const std::string& job,
                                                const std::string& dir = "") {
    v1::SavepointJobRequest request;
    request.set_job_id(job);
    request.set_savepoint_dir(dir);
    return Call(&v1::JobService::Stub::SavepointJob, request);
  }
  absl::StatusOr<v1::StopJobResponse> StopAndSave(const std::string& job) {
    v1::StopJobRequest request;
    request.set_job_id(job);
    request.set_savepoint(true);
    return Call(&v1::JobService::Stub::StopJob, request);
  }
  absl::StatusOr<v1::RestoreJobResponse> Restore(const std::string& path,
                                                 const JobGraph* graph = nullptr) {
    v1::RestoreJobRequest request;
    request.set_savepoint_path(path);
    if (graph != nullptr) *request.mutable_submission()->mutable_graph() = JobGraphToProto(*graph);
    return Call(&v1::JobService::Stub::RestoreJob, request);
  }

  std::unique_ptr<SessionWorker> worker_;
};

TEST_F(SavepointCallsTest, ASavepointIsAnsweredWithItsPathOnceItIsThere) {
  const std::string job = Run();
  ASSERT_OK_AND_ASSIGN(const v1::SavepointJobResponse saved, Save(job));
  EXPECT_TRUE(std::filesystem::exists(saved.path() + "/manifests"));
  EXPECT_EQ(saved.job().state(), v1::JOB_STATE_RUNNING);
  EXPECT_EQ(saved.job().savepoint().path(), saved.path());
  EXPECT_EQ(saved.job().savepoint().epoch(), saved.epoch());
}

TEST_F(SavepointCallsTest, AStoppedJobShowsItsSavepoint) {
  const std::string job = Run();
  ASSERT_OK(StopAndSave(job));
  const v1::Job stopped = WatchUntil(job, v1::JOB_STATE_STOPPED);
  EXPECT_TRUE(std::filesystem::exists(stopped.savepoint().path() + "/manifests"));
}

TEST_F(SavepointCallsTest, WithoutAProgramTheSavepointsPlanIsRestored) {
  const std::string job = Run();
  ASSERT_OK_AND_ASSIGN(const v1::SavepointJobResponse saved, Save(job));
  ASSERT_OK_AND_ASSIGN(const v1::RestoreJobResponse restored, Restore(saved.path()));
  EXPECT_NE(restored.job().job_id(), job);
  EXPECT_EQ(restored.job().restored_from(), saved.path());
  EXPECT_EQ(restored.job().stages_size(), 2);
}

TEST_F(SavepointCallsTest, OnlyTheConfiguredFoldersAreReached) {
  const std::string job = Run();
  EXPECT_THAT(Save(job, "/elsewhere"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("checkpoint.savepoint_dir")));
  EXPECT_THAT(Restore("/etc/passwd"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("checkpoint.savepoint_dir")));
}

TEST_F(SavepointCallsTest, WhatIsNoSavepointIsNotRestored) {
  const std::string job = Run();
  EXPECT_THAT(Restore(""), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("names no")));
  EXPECT_THAT(Restore("job-0-1"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("job-0-1")));
  // The checkpoints of a job that goes on.
  EXPECT_TRUE(worker_->WaitFor("durable 1"));
  EXPECT_THAT(Restore(config_.checkpoint_dir + "/" + job),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("job savepoint")));
}

}  // namespace
}  // namespace millrace
