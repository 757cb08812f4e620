// JobService of proto/job.proto: what users ask for. Thread-safe; no call holds a thread while it
// waits.
#pragma once

#include <atomic>
#include <cstdint>

#include "common/base/executor.h"
#include "coordinator/job/job_board.h"
#include "coordinator/job/job_manager.h"
#include "proto/job.grpc.pb.h"

namespace millrace {

class JobService final : public v1::JobService::CallbackService {
 public:
  // `io` compiles scripts, which may take a while. All must outlive the server's last call.
  JobService(JobManager& jobs, JobBoard& board, Executor& io)
      : jobs_(jobs), board_(board), io_(io) {}

  // New submissions are refused from now on.
  void Drain() { draining_ = true; }

  grpc::ServerUnaryReactor* SubmitJob(grpc::CallbackServerContext* context,
                                      const v1::SubmitJobRequest* request,
                                      v1::SubmitJobResponse* response) override;
  grpc::ServerUnaryReactor* GetJob(grpc::CallbackServerContext* context,
                                   const v1::GetJobRequest* request,
                                   v1::GetJobResponse* response) override;
  grpc::ServerUnaryReactor* ListJobs(grpc::CallbackServerContext* context,
                                     const v1::ListJobsRequest* request,
                                     v1::ListJobsResponse* response) override;
  grpc::ServerUnaryReactor* StopJob(grpc::CallbackServerContext* context,
                                    const v1::StopJobRequest* request,
                                    v1::StopJobResponse* response) override;
  grpc::ServerUnaryReactor* CancelJob(grpc::CallbackServerContext* context,
                                      const v1::CancelJobRequest* request,
                                      v1::CancelJobResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchJobResponse>* WatchJob(
      grpc::CallbackServerContext* context, const v1::WatchJobRequest* request) override;
  grpc::ServerUnaryReactor* ExplainJob(grpc::CallbackServerContext* context,
                                       const v1::ExplainJobRequest* request,
                                       v1::ExplainJobResponse* response) override;

 private:
  void SubmitNow(grpc::ServerUnaryReactor* reactor, const v1::SubmitJobRequest& request,
                 v1::SubmitJobResponse& response);

  JobManager& jobs_;
  JobBoard& board_;
  Executor& io_;
  std::atomic<bool> draining_ = false;
  std::atomic<int32_t> watches_ = 0;
};

}  // namespace millrace
