// A coordinator as its users, its workers and its operators meet it: real gRPC and HTTP on
// loopback.

#include "coordinator/server/coordinator.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/rpc/grpc_status.h"
#include "common/wire/plan_wire.h"
#include "grpcpp/generic/generic_stub.h"
#include "proto/job.grpc.pb.h"
#include "tests/harness/http_get.h"
#include "tests/harness/plans.h"
#include "tests/harness/status_matchers.h"
#include "tests/unit/coordinator/server/session_worker.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class CoordinatorTest : public testing::Test {
 protected:
  CoordinatorTest() {
    folder_ = absl::StrCat(testing::TempDir(), "/coordinator-test-", absl::Hex(SystemSeed()));
    config_.cluster_id = "test";
    config_.rpc_address = config_.http_address = "127.0.0.1:0";
    config_.data_dir = folder_ + "/metadata";
    config_.checkpoint_dir = folder_ + "/checkpoints";
    config_.worker_timeout = absl::Seconds(60);  // The fake worker beats when the test says so.
  }
  ~CoordinatorTest() override {
    coordinator_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Start(bool ephemeral = true) {
    coordinator_.reset();
    metrics_ = std::make_unique<MetricRegistry>();
    ASSERT_OK_AND_ASSIGN(coordinator_, Coordinator::Start(config_, {.metrics = metrics_.get(),
                                                                    .ephemeral = ephemeral}));
    jobs_ = v1::JobService::NewStub(NewChannel(coordinator_->rpc_address()));
  }

  std::unique_ptr<SessionWorker> Worker(const std::string& id, int32_t slots = 1) {
    auto worker = std::make_unique<SessionWorker>(coordinator_->rpc_address(),
                                                  SessionWorker::Registration(id, slots));
    EXPECT_TRUE(worker->WaitFor("registered"));
    return worker;
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (v1::JobService::Stub::*method)(grpc::ClientContext*,
                                                                             const Request&,
                                                                             Response*),
                                const Request& request) {
    grpc::ClientContext context;
    SetDeadline(context, absl::Seconds(20));
    Response response;
    const grpc::Status status = (jobs_.get()->*method)(&context, request, &response);
    if (!status.ok()) return FromGrpcStatus(status);
    return response;
  }

  absl::StatusOr<v1::SubmitJobResponse> SubmitGraph(const JobGraph& graph,
                                                    const std::string& request_id = "") {
    v1::SubmitJobRequest request;
    request.set_request_id(request_id);
    *request.mutable_graph() = JobGraphToProto(graph);
    return Call(&v1::JobService::Stub::SubmitJob, request);
  }
  absl::StatusOr<v1::SubmitJobResponse> SubmitSql(const std::string& sql) {
    v1::SubmitJobRequest request;
    request.set_sql(sql);
    return Call(&v1::JobService::Stub::SubmitJob, request);
  }
  std::string Submit(const std::string& request_id = "") {
    const auto response = SubmitGraph(CountClicks(), request_id);
    EXPECT_OK(response);
    return response.ok() ? response->job().job_id() : "";
  }
  absl::StatusOr<v1::GetJobResponse> Get(const std::string& job) {
    v1::GetJobRequest request;
    request.set_job_id(job);
    return Call(&v1::JobService::Stub::GetJob, request);
  }
  absl::StatusOr<v1::StopJobResponse> Stop(const std::string& job) {
    v1::StopJobRequest request;
    request.set_job_id(job);
    return Call(&v1::JobService::Stub::StopJob, request);
  }

  // Watches until `seen(job)` or the job's end; the job then.
  template <typename Seen>
  v1::Job Watch(const std::string& job, Seen seen) {
    grpc::ClientContext context;
    SetDeadline(context, absl::Seconds(20));
    v1::WatchJobRequest request;
    request.set_job_id(job);
    const auto stream = jobs_->WatchJob(&context, request);
    v1::WatchJobResponse response;
    while (stream->Read(&response) && !seen(response.job())) continue;
    context.TryCancel();
    stream->Finish();
    EXPECT_TRUE(seen(response.job())) << response.job().DebugString();
    return response.job();
  }
  v1::Job WatchUntil(const std::string& job, v1::JobState state) {
    return Watch(job, [state](const v1::Job& seen) { return seen.state() == state; });
  }

  // The bytes that a call without a generated stub answers with.
  std::string CallRaw(const std::string& method, const std::string& request) {
    grpc::GenericStub stub(NewChannel(coordinator_->rpc_address()));
    grpc::CompletionQueue queue;
    grpc::ClientContext context;
    SetDeadline(context, absl::Seconds(20));
    const auto next = [&queue] {
      void* tag = nullptr;
      bool ok = false;
      return queue.Next(&tag, &ok) && ok;
    };
    auto call = stub.PrepareCall(&context, method, &queue);
    call->StartCall(nullptr);
    EXPECT_TRUE(next());
    const grpc::Slice bytes(request);
    call->WriteLast(grpc::ByteBuffer(&bytes, 1), grpc::WriteOptions(), nullptr);
    EXPECT_TRUE(next());
    grpc::ByteBuffer answer;
    call->Read(&answer, nullptr);
    EXPECT_TRUE(next());
    grpc::Status status;
    call->Finish(&status, nullptr);
    EXPECT_TRUE(next());
    EXPECT_TRUE(status.ok()) << status.error_message();
    grpc::Slice slice;
    EXPECT_TRUE(answer.DumpToSingleSlice(&slice).ok());
    return std::string(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }

  std::string folder_;
  CoordinatorConfig config_;
  std::unique_ptr<MetricRegistry> metrics_;
  std::unique_ptr<Coordinator> coordinator_;
  std::unique_ptr<v1::JobService::Stub> jobs_;
};

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

TEST_F(CoordinatorTest, ADeploymentCarriesPlanPlacesAndFolder) {
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

TEST_F(CoordinatorTest, AWorkerWhoseConnectionBreaksIsLostAtOnce) {
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

TEST_F(CoordinatorTest, AnAcknowledgementThatCannotBeReadCostsTheCheckpointOnly) {
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

TEST_F(CoordinatorTest, AJobWithoutSlotsSaysWhatItWaitsFor) {
  Start();
  ASSERT_OK_AND_ASSIGN(const auto response, SubmitGraph(CountClicks(4)));
  EXPECT_EQ(response.job().state(), v1::JOB_STATE_SCHEDULING);
  EXPECT_EQ(response.job().message(),
            "the job needs 4 slots, 0 are free on 0 workers; waiting for more");
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

TEST_F(CoordinatorTest, AWorkerOfAnotherClusterIsRefusedForAReason) {
  Start();
  v1::RegisterWorker registration = SessionWorker::Registration("a");
  registration.set_cluster_id("other");
  SessionWorker worker(coordinator_->rpc_address(), registration);
  EXPECT_TRUE(worker.WaitFor("end"));
  EXPECT_THAT(worker.refusal(),
              HasSubstr("belongs to cluster 'other', this coordinator to 'test'"));
}

TEST_F(CoordinatorTest, AWorkerOfAnotherProtocolIsRefusedForAReason) {
  Start();
  v1::RegisterWorker registration = SessionWorker::Registration("a");
  registration.set_protocol(99);
  SessionWorker worker(coordinator_->rpc_address(), registration);
  EXPECT_TRUE(worker.WaitFor("end"));
  EXPECT_THAT(worker.refusal(), HasSubstr("protocol 99"));
}

TEST_F(CoordinatorTest, AnIdThatALiveWorkerHasIsRefused) {
  Start();
  const auto first = Worker("a");
  v1::RegisterWorker registration = SessionWorker::Registration("a");
  registration.set_instance("another process");
  SessionWorker second(coordinator_->rpc_address(), registration);
  EXPECT_TRUE(second.WaitFor("refused"));
  EXPECT_THAT(second.refusal(), HasSubstr("already running"));
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
                       HasSubstr("another coordinator is using the metadata folder")));
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
