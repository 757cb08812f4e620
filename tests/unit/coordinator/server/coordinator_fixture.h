// A coordinator of its own for each test, with folders of its own and real gRPC and HTTP on
// loopback.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/rpc/grpc_status.h"
#include "common/wire/plan_wire.h"
#include "coordinator/server/coordinator.h"
#include "grpcpp/generic/generic_stub.h"
#include "proto/job.grpc.pb.h"
#include "tests/harness/plans.h"
#include "tests/harness/status_matchers.h"
#include "tests/unit/coordinator/server/session_worker.h"

namespace millrace {

class CoordinatorTest : public testing::Test {
 protected:
  CoordinatorTest() {
    folder_ = absl::StrCat(testing::TempDir(), "coordinator-test-", absl::Hex(SystemSeed()));
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

}  // namespace millrace
