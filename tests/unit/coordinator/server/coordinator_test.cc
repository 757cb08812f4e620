// A coordinator as its users and its operators meet it: real gRPC and HTTP on loopback. How workers
// meet it is in worker_session_test.cc.

#include "coordinator/server/coordinator.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/harness/http_get.h"
#include "tests/unit/coordinator/server/coordinator_fixture.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST_F(CoordinatorTest, AJobRunsCheckpointsAndStops) {
  Start();
  const auto worker = Worker("a");
  const std::string job = Submit();
  EXPECT_TRUE(worker->WaitFor("start 1"));
  worker->Heartbeat(17);
  EXPECT_TRUE(worker->WaitFor("heartbeat answered"));
  EXPECT_TRUE(worker->WaitFor("durable 1"));
  EXPECT_OK(Stop(job));
  const v1::Job stopped = WatchUntil(job, v1::JOB_STATE_STOPPED);
  EXPECT_GE(stopped.last_checkpoint().epoch(), 2);
  EXPECT_EQ(stopped.stages(0).tasks(0).worker_id(), "a");
  EXPECT_EQ(stopped.stages(0).records_in(), 17);
}

TEST_F(CoordinatorTest, AWatchEndsWhenItsJobHasEnded) {
  Start();
  const auto worker = Worker("a");
  const std::string job = Submit();
  WatchUntil(job, v1::JOB_STATE_RUNNING);
  grpc::ClientContext context;
  SetDeadline(context, absl::Seconds(20));
  v1::WatchJobRequest request;
  request.set_job_id(job);
  const auto stream = jobs_->WatchJob(&context, request);
  v1::CancelJobRequest cancel;
  cancel.set_job_id(job);
  EXPECT_OK(Call(&v1::JobService::Stub::CancelJob, cancel));
  v1::WatchJobResponse last;
  while (stream->Read(&last)) continue;
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(last.job().state(), v1::JOB_STATE_CANCELLED);
}

TEST_F(CoordinatorTest, ATaskThatFailsIsNamed) {
  Start();
  const auto worker = Worker("a");
  const std::string job = Submit();
  ASSERT_TRUE(worker->WaitFor("start 1"));
  worker->FailTask("topic 'clicks' is gone");
  const v1::Job restarting = WatchUntil(job, v1::JOB_STATE_RESTARTING);
  EXPECT_THAT(restarting.message(),
              HasSubstr("task 'clicks' 1/1 on worker a: topic 'clicks' is gone"));
  EXPECT_TRUE(worker->WaitFor("start 2"));
}

TEST_F(CoordinatorTest, AJobWithoutSlotsSaysWhatItWaitsFor) {
  Start();
  ASSERT_OK_AND_ASSIGN(const auto response, SubmitGraph(CountClicks(4)));
  EXPECT_EQ(response.job().state(), v1::JOB_STATE_SCHEDULING);
  EXPECT_EQ(response.job().message(), "waits for slots: needs 4 slots, 0 are free on 0 workers");
}

TEST_F(CoordinatorTest, TheSameRequestGivesTheSameJob) {
  Start();
  const std::string job = Submit("request-1");
  EXPECT_EQ(Submit("request-1"), job);
  EXPECT_NE(Submit("request-2"), job);
  ASSERT_OK_AND_ASSIGN(const auto list,
                       Call(&v1::JobService::Stub::ListJobs, v1::ListJobsRequest()));
  EXPECT_EQ(list.jobs_size(), 2);
}

TEST_F(CoordinatorTest, UnknownJobsAreNotFound) {
  Start();
  EXPECT_THAT(Get("job-0"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("job-0")));
  EXPECT_THAT(Stop("job-0"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("job-0")));
  grpc::ClientContext context;
  v1::WatchJobRequest request;
  request.set_job_id("job-0");
  const auto stream = jobs_->WatchJob(&context, request);
  v1::WatchJobResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(CoordinatorTest, APlanThatBreaksARuleIsRefusedByName) {
  Start();
  JobGraph graph = CountClicks();
  graph.edges[0].key_columns = {7};
  EXPECT_THAT(SubmitGraph(graph),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("its key is column 7")));
  EXPECT_THAT(Call(&v1::JobService::Stub::SubmitJob, v1::SubmitJobRequest()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("neither a script")));
}

constexpr char kTables[] =
    "CREATE TABLE clicks (page STRING, user_id BIGINT) WITH ('connector' = 'datagen');\n"
    "CREATE TABLE seen (page STRING) WITH ('connector' = 'blackhole');\n";

TEST_F(CoordinatorTest, AScriptBecomesAJob) {
  Start();
  const auto worker = Worker("a");
  ASSERT_OK_AND_ASSIGN(const auto response, SubmitSql(std::string(kTables) +
                                                      "INSERT INTO seen SELECT page FROM clicks;"));
  EXPECT_EQ(response.job().name(), "insert-into_seen");
  EXPECT_TRUE(worker->WaitFor("start 1"));
}

TEST_F(CoordinatorTest, AWrongScriptIsAnsweredForPeopleAndForPrograms) {
  Start();
  const absl::Status status =
      SubmitSql(std::string(kTables) + "INSERT INTO seen SELECT pgae FROM clicks;").status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument,
                               AllOf(HasSubstr("3:25"), HasSubstr("^"), HasSubstr("pgae"),
                                     HasSubstr("page"))));
  v1::SqlDiagnostics details;
  ASSERT_TRUE(GetDetail(status, details));
  ASSERT_EQ(details.diagnostics_size(), 1);
  EXPECT_EQ(details.diagnostics(0).line(), 3);
  EXPECT_EQ(details.diagnostics(0).column(), 25);
  EXPECT_THAT(details.diagnostics(0).code(), StartsWith("MR"));
}

TEST_F(CoordinatorTest, AScriptWithManyErrorsIsAnsweredWithTheFirstHundred) {
  Start();
  std::string script = kTables;
  for (int i = 0; i < 250; ++i) {
    absl::StrAppend(&script, "INSERT INTO seen SELECT column_", i, " FROM clicks;\n");
  }
  const absl::Status status = SubmitSql(script).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument,
                               AllOf(HasSubstr("'column_0'"), HasSubstr("'column_99'"),
                                     HasSubstr("150 more errors follow"))));
  v1::SqlDiagnostics details;
  ASSERT_TRUE(GetDetail(status, details));
  EXPECT_EQ(details.diagnostics_size(), 100);
}

TEST_F(CoordinatorTest, AScriptThatOnlyAsksIsAnsweredWithoutAJob) {
  Start();
  ASSERT_OK_AND_ASSIGN(const auto response, SubmitSql(std::string(kTables) + "SHOW TABLES;"));
  EXPECT_FALSE(response.has_job());
  ASSERT_EQ(response.results_size(), 1);
  EXPECT_THAT(response.results(0), HasSubstr("clicks"));
}

TEST_F(CoordinatorTest, ExplainShowsThePlanAndRunsNothing) {
  Start();
  v1::ExplainJobRequest request;
  request.set_sql(std::string(kTables) + "INSERT INTO seen SELECT page FROM clicks;");
  ASSERT_OK_AND_ASSIGN(const auto response, Call(&v1::JobService::Stub::ExplainJob, request));
  EXPECT_THAT(response.text(), HasSubstr("seen"));
  EXPECT_EQ(response.graph().name(), "insert-into_seen");
  ASSERT_OK_AND_ASSIGN(const auto list,
                       Call(&v1::JobService::Stub::ListJobs, v1::ListJobsRequest()));
  EXPECT_EQ(list.jobs_size(), 0);
}

TEST_F(CoordinatorTest, ATakenPortIsNamedWithItsSetting) {
  Start();
  MetricRegistry metrics;
  CoordinatorConfig second = config_;
  second.rpc_address = coordinator_->rpc_address();
  EXPECT_THAT(Coordinator::Start(second, {.metrics = &metrics, .ephemeral = true}),
              StatusIs(absl::StatusCode::kUnavailable, AllOf(HasSubstr("coordinator.rpc_address: "),
                                                             HasSubstr(second.rpc_address))));
  second = config_;
  second.http_address = coordinator_->http_address();
  EXPECT_THAT(
      Coordinator::Start(second, {.metrics = &metrics, .ephemeral = true}),
      StatusIs(absl::StatusCode::kUnavailable,
               AllOf(HasSubstr("coordinator.http_address: "), HasSubstr(second.http_address))));
}

TEST_F(CoordinatorTest, JobsGoOnInTheNextProcess) {
  Start(/*ephemeral=*/false);
  auto worker = Worker("a");
  const std::string job = Submit("request-1");
  ASSERT_TRUE(worker->WaitFor("durable 1"));
  coordinator_.reset();
  EXPECT_TRUE(worker->WaitFor("end"));

  Start(/*ephemeral=*/false);
  ASSERT_OK_AND_ASSIGN(const auto found, Get(job));
  EXPECT_EQ(found.job().state(), v1::JOB_STATE_SCHEDULING);
  EXPECT_EQ(found.job().restarts(), 0) << "an end on purpose is not a worker's loss";
  EXPECT_EQ(Submit("request-1"), job);
  worker = Worker("a");
  ASSERT_TRUE(worker->WaitFor("start 2"));
  EXPECT_EQ(worker->deployment().term(), 2);
  EXPECT_GE(worker->deployment().restored_epoch(), 1);
}

TEST_F(CoordinatorTest, TwoCoordinatorsDoNotShareAFolder) {
  Start(/*ephemeral=*/false);
  MetricRegistry metrics;
  EXPECT_THAT(Coordinator::Start(config_, {.metrics = &metrics}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("coordinator.data_dir"), HasSubstr(config_.data_dir),
                             HasSubstr("in use by a coordinator (process "))));
}

TEST_F(CoordinatorTest, AnAddressBeyondLoopbackNeedsTheOperatorsWord) {
  config_.rpc_address = "0.0.0.0:0";
  MetricRegistry metrics;
  EXPECT_THAT(Coordinator::Start(config_, {.metrics = &metrics, .ephemeral = true}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("coordinator.rpc_address"), HasSubstr("--insecure"))));
  config_.insecure = true;
  EXPECT_OK(Coordinator::Start(config_, {.metrics = &metrics, .ephemeral = true}));
}

TEST_F(CoordinatorTest, ReflectionListsTheServices) {
  Start();
  // ServerReflectionRequest{list_services: ""}
  const std::string services = CallRaw(
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", std::string("\x3a\x00", 2));
  EXPECT_THAT(services,
              AllOf(HasSubstr("millrace.v1.JobService"), HasSubstr("millrace.v1.ClusterService"),
                    HasSubstr("grpc.health.v1.Health")));
}

TEST_F(CoordinatorTest, HealthAndReadinessEndWithADrain) {
  Start();
  const std::string kServing("\x08\x01", 2);  // HealthCheckResponse{status: SERVING}
  EXPECT_EQ(CallRaw("/grpc.health.v1.Health/Check", ""), kServing);
  EXPECT_THAT(HttpGet(coordinator_->http_address(), "/readyz"), StartsWith("HTTP/1.1 200"));
  coordinator_->Drain();
  EXPECT_NE(CallRaw("/grpc.health.v1.Health/Check", ""), kServing);
  EXPECT_THAT(HttpGet(coordinator_->http_address(), "/readyz"), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(HttpGet(coordinator_->http_address(), "/healthz"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(SubmitGraph(CountClicks()),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("about to end")));
}

TEST_F(CoordinatorTest, HttpShowsJobsAsJson) {
  Start();
  const std::string job = Submit();
  EXPECT_THAT(HttpGet(coordinator_->http_address(), "/api/v1/jobs"),
              AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("application/json"),
                    HasSubstr("\"job_id\":\"" + job + "\"")));
  EXPECT_THAT(HttpGet(coordinator_->http_address(), "/api/v1/jobs/" + job),
              AllOf(HasSubstr("\"state\":\"JOB_STATE_SCHEDULING\""), HasSubstr("\"restarts\":0")));
  EXPECT_THAT(
      HttpGet(coordinator_->http_address(), "/api/v1/jobs/job-0"),
      AllOf(StartsWith("HTTP/1.1 404"), HasSubstr("{\"error\":\"there is no job 'job-0'\"}")));
}

TEST_F(CoordinatorTest, MetricsTellOfTheProcessTheClusterAndTheJobs) {
  Start();
  const auto worker = Worker("a", 3);
  const std::string job = Submit();
  ASSERT_TRUE(worker->WaitFor("start 1"));
  EXPECT_THAT(HttpGet(coordinator_->http_address(), "/metrics"),
              AllOf(HasSubstr("process_resident_memory_bytes"), HasSubstr("role=\"coordinator\""),
                    HasSubstr("millrace_cluster_workers 1"),
                    HasSubstr("millrace_cluster_slots{state=\"free\"} 2"),
                    HasSubstr("millrace_job_status{job=\"" + job)));
}

}  // namespace
}  // namespace millrace
