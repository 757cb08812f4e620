// A coordinator as its workers meet it: real sessions on loopback.

#include <gmock/gmock.h>

#include <string>

#include "tests/unit/coordinator/server/coordinator_fixture.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

using WorkerSessionTest = CoordinatorTest;

TEST_F(WorkerSessionTest, ADeploymentCarriesPlanPlacesAndFolder) {
  Start();
  const auto worker = Worker("a");
  const std::string job = Submit();
  ASSERT_TRUE(worker->WaitFor("deploy 1"));
  const v1::DeployTasks deploy = worker->deployment();
  EXPECT_EQ(deploy.job_id(), job);
  EXPECT_EQ(deploy.term(), 1);
  EXPECT_THAT(deploy.checkpoint_dir(), AllOf(StartsWith("/"), EndsWith("/checkpoints/" + job)));
  EXPECT_FALSE(deploy.has_restore());
  ASSERT_EQ(deploy.placements_size(), 2);
  EXPECT_EQ(deploy.placements(0).exchange_address(), "127.0.0.1:1");
  ASSERT_OK_AND_ASSIGN(const JobGraph graph, JobGraphFromProto(deploy.graph()));
  EXPECT_OK(Validate(graph));
}

TEST_F(WorkerSessionTest, AWorkerWhoseConnectionBreaksIsLostAtOnce) {
  Start();
  auto worker = Worker("a");
  const std::string job = Submit();
  ASSERT_TRUE(worker->WaitFor("start 1"));
  worker.reset();
  const v1::Job lost = WatchUntil(job, v1::JOB_STATE_SCHEDULING);
  EXPECT_THAT(lost.message(), HasSubstr("worker a was lost: its connection was lost"));
  const auto next = Worker("b");
  EXPECT_TRUE(next->WaitFor("start 2"));
}

TEST_F(WorkerSessionTest, AnAcknowledgementThatCannotBeReadCostsTheCheckpointOnly) {
  Start();
  const auto worker = Worker("a");
  worker->DamageAcknowledgements();
  const std::string job = Submit();
  EXPECT_TRUE(worker->WaitFor("abort 1"));
  const v1::Job seen =
      Watch(job, [](const v1::Job& now) { return now.last_checkpoint().failed() > 0; });
  EXPECT_EQ(seen.state(), v1::JOB_STATE_RUNNING);
  EXPECT_THAT(seen.last_checkpoint().last_error(),
              HasSubstr("worker a: checkpoint_ack.tasks[0].operators[0].segments[0].file.path"));
}

TEST_F(WorkerSessionTest, AWorkerOfAnotherClusterIsRefusedForAReason) {
  Start();
  v1::RegisterWorker registration = SessionWorker::Registration("a");
  registration.set_cluster_id("other");
  SessionWorker worker(coordinator_->rpc_address(), registration);
  EXPECT_TRUE(worker.WaitFor("end"));
  EXPECT_THAT(worker.refusal(),
              HasSubstr("belongs to cluster 'other', this coordinator to 'test'"));
}

TEST_F(WorkerSessionTest, AWorkerIsWelcomedWithTheCheckpointFolder) {
  Start();
  const auto worker = Worker("a");
  EXPECT_EQ(worker->welcome().checkpoint_dir(), config_.checkpoint_dir);
  EXPECT_FALSE(worker->welcome().checkpoint_id().empty());
}

TEST_F(WorkerSessionTest, AWorkerThatSeesAnotherCheckpointFolderIsRefused) {
  Start();
  v1::RegisterWorker registration = SessionWorker::Registration("a");
  registration.set_checkpoint_id("another");
  SessionWorker worker(coordinator_->rpc_address(), registration);
  EXPECT_TRUE(worker.WaitFor("end"));
  EXPECT_THAT(worker.refusal(), AllOf(HasSubstr(config_.checkpoint_dir), HasSubstr("same path")));
  EXPECT_EQ(worker.answer().retry_for_ms(), 0);
}

TEST_F(WorkerSessionTest, TheIdOfTheCheckpointFolderOutlivesTheProcess) {
  Start();
  const std::string id = Worker("a")->welcome().checkpoint_id();
  Start();
  EXPECT_EQ(Worker("a")->welcome().checkpoint_id(), id);
}

TEST_F(WorkerSessionTest, AWorkerThatLeavesIsDismissedWhenItsJobsHaveMoved) {
  Start();
  const auto leaver = Worker("a");
  const std::string job = Submit();
  ASSERT_TRUE(leaver->WaitFor("start 1"));
  const auto other = Worker("b");
  leaver->Leave();
  EXPECT_TRUE(leaver->WaitFor("dismissed"));
  EXPECT_TRUE(other->WaitFor("start 2"));
  EXPECT_GE(other->deployment().restored_epoch(), 1);
  EXPECT_EQ(WatchUntil(job, v1::JOB_STATE_RUNNING).restarts(), 0);
}

TEST_F(WorkerSessionTest, AWorkerOfAnotherProtocolIsRefusedForAReason) {
  Start();
  v1::RegisterWorker registration = SessionWorker::Registration("a");
  registration.set_protocol(99);
  SessionWorker worker(coordinator_->rpc_address(), registration);
  EXPECT_TRUE(worker.WaitFor("end"));
  EXPECT_THAT(worker.refusal(), HasSubstr("protocol 99"));
}

TEST_F(WorkerSessionTest, AnIdThatALiveWorkerHasIsRefused) {
  Start();
  const auto first = Worker("a");
  v1::RegisterWorker registration = SessionWorker::Registration("a");
  registration.set_instance("another process");
  SessionWorker second(coordinator_->rpc_address(), registration);
  EXPECT_TRUE(second.WaitFor("refused"));
  EXPECT_THAT(second.refusal(), HasSubstr("already running"));
  // Long enough for the first one's end to be noticed, if it is dead.
  EXPECT_EQ(second.answer().retry_for_ms(),
            absl::ToInt64Milliseconds(config_.worker_timeout) + 1000);
}

}  // namespace
}  // namespace millrace
