// JobService of proto/job.proto: what users ask for. Thread-safe; no call holds a thread while it
// waits.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include "common/base/executor.h"
#include "coordinator/job/job_board.h"
#include "coordinator/job/job_manager.h"
#include "coordinator/server/submission.h"
#include "proto/job.grpc.pb.h"

namespace millrace {

class JobService final : public v1::JobService::CallbackService {
 public:
  // `io` compiles scripts and reads savepoints, which may take a while. All must outlive the
  // server's last call.
  JobService(JobManager& jobs, JobBoard& board, Executor& io, SavepointSources savepoints)
      : jobs_(jobs), board_(board), io_(io), savepoints_(std::move(savepoints)) {}

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
  grpc::ServerUnaryReactor* SavepointJob(grpc::CallbackServerContext* context,
                                         const v1::SavepointJobRequest* request,
                                         v1::SavepointJobResponse* response) override;
  grpc::ServerUnaryReactor* RestoreJob(grpc::CallbackServerContext* context,
                                       const v1::RestoreJobRequest* request,
                                       v1::RestoreJobResponse* response) override;
  grpc::ServerUnaryReactor* CancelJob(grpc::CallbackServerContext* context,
                                      const v1::CancelJobRequest* request,
                                      v1::CancelJobResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchJobResponse>* WatchJob(
      grpc::CallbackServerContext* context, const v1::WatchJobRequest* request) override;
  grpc::ServerUnaryReactor* ExplainJob(grpc::CallbackServerContext* context,
                                       const v1::ExplainJobRequest* request,
                                       v1::ExplainJobResponse* response) override;

 private:
  // The rest of SubmitJob and RestoreJob, once the request is read.
  template <typename Response>
  void SubmitNow(grpc::ServerUnaryReactor* reactor, absl::StatusOr<Submission> submission,
                 Response& response);
  // Whether a request was heard before, or cannot be heard now; then it is answered.
  template <typename Response>
  bool IsAnswered(grpc::ServerUnaryReactor* reactor, const std::string& request_id,
                  Response& response);

  JobManager& jobs_;
  JobBoard& board_;
  Executor& io_;
  const SavepointSources savepoints_;
  std::atomic<bool> draining_ = false;
  std::atomic<int32_t> watches_ = 0;
};

}  // namespace millrace
