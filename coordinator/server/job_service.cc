#include "coordinator/server/job_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/rpc/grpc_status.h"
#include "coordinator/server/job_messages.h"
#include "coordinator/server/submission.h"
#include "coordinator/server/watch_stream.h"

namespace millrace {
namespace {

constexpr int32_t kMostWatches = 1000;

// Every answer of one job has the same shape.
template <typename Response>
JobManager::Answer AnswerWithJob(grpc::ServerUnaryReactor* reactor, Response* response) {
  return [reactor, response](absl::StatusOr<JobViewPtr> view) {
    if (view.ok()) *response->mutable_job() = JobToProto(**view);
    reactor->Finish(ToGrpcStatus(view.status()));
  };
}

absl::Status UnknownJob(const std::string& id) {
  return absl::NotFoundError(
      absl::StrCat("there is no job '", id, "': `millrace job list` shows all"));
}

}  // namespace

grpc::ServerUnaryReactor* JobService::SubmitJob(grpc::CallbackServerContext* context,
                                                const v1::SubmitJobRequest* request,
                                                v1::SubmitJobResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (IsAnswered(reactor, request->request_id(), *response)) return reactor;
  io_.Post([this, reactor, request, response] {
    SubmitNow(reactor, ReadSubmission(*request), *response);
  });
  return reactor;
}

grpc::ServerUnaryReactor* JobService::RestoreJob(grpc::CallbackServerContext* context,
                                                 const v1::RestoreJobRequest* request,
                                                 v1::RestoreJobResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (IsAnswered(reactor, request->submission().request_id(), *response)) return reactor;
  io_.Post([this, reactor, request, response] {
    SubmitNow(reactor, ReadRestore(*request, savepoints_), *response);
  });
  return reactor;
}

template <typename Response>
bool JobService::IsAnswered(grpc::ServerUnaryReactor* reactor, const std::string& request_id,
                            Response& response) {
  // A request that was heard before is answered without being read again: what it would compile to
  // today is beside the point.
  const JobViewPtr known = board_.FindByRequest(request_id);
  if (known != nullptr) {
    *response.mutable_job() = JobToProto(*known);
    reactor->Finish(grpc::Status::OK);
    return true;
  }
  if (draining_) {
    reactor->Finish(
        grpc::Status(grpc::StatusCode::UNAVAILABLE, "this coordinator is about to end; try again"));
    return true;
  }
  return false;
}

template <typename Response>
void JobService::SubmitNow(grpc::ServerUnaryReactor* reactor, absl::StatusOr<Submission> submission,
                           Response& response) {
  if (!submission.ok()) return reactor->Finish(ToGrpcStatus(submission.status()));
  for (std::string& result : submission->results) response.add_results(std::move(result));
  for (std::string& note : submission->notes) response.add_notes(std::move(note));
  if (!submission->job.has_value()) return reactor->Finish(grpc::Status::OK);
  jobs_.Submit(*std::move(submission->job), AnswerWithJob(reactor, &response));
}

grpc::ServerUnaryReactor* JobService::GetJob(grpc::CallbackServerContext* context,
                                             const v1::GetJobRequest* request,
                                             v1::GetJobResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const JobViewPtr view = board_.Find(JobId(request->job_id()));
  if (view != nullptr) *response->mutable_job() = JobToProto(*view);
  reactor->Finish(view != nullptr ? grpc::Status::OK : ToGrpcStatus(UnknownJob(request->job_id())));
  return reactor;
}

grpc::ServerUnaryReactor* JobService::ListJobs(grpc::CallbackServerContext* context,
                                               const v1::ListJobsRequest* request,
                                               v1::ListJobsResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  for (const JobViewPtr& view : board_.List()) *response->add_jobs() = JobToProto(*view);
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerUnaryReactor* JobService::StopJob(grpc::CallbackServerContext* context,
                                              const v1::StopJobRequest* request,
                                              v1::StopJobResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const JobId job(request->job_id());
  if (!request->savepoint()) {
    jobs_.RequestStop(job, AnswerWithJob(reactor, response));
    return reactor;
  }
  const absl::StatusOr<std::string> dir =
      ResolveSavepointTarget(savepoints_.places, request->savepoint_dir());
  if (dir.ok()) {
    jobs_.RequestStopWithSavepoint(job, *dir, AnswerWithJob(reactor, response));
  } else {
    reactor->Finish(ToGrpcStatus(dir.status()));
  }
  return reactor;
}

grpc::ServerUnaryReactor* JobService::SavepointJob(grpc::CallbackServerContext* context,
                                                   const v1::SavepointJobRequest* request,
                                                   v1::SavepointJobResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::StatusOr<std::string> dir =
      ResolveSavepointTarget(savepoints_.places, request->savepoint_dir());
  if (!dir.ok()) {
    reactor->Finish(ToGrpcStatus(dir.status()));
    return reactor;
  }
  const JobId job(request->job_id());
  jobs_.RequestSavepoint(job, *dir,
                         [this, reactor, response, job](absl::StatusOr<SavepointMade> made) {
                           if (made.ok()) {
                             response->set_path(made->path);
                             response->set_epoch(made->epoch.value());
                             if (const JobViewPtr view = board_.Find(job); view != nullptr) {
                               *response->mutable_job() = JobToProto(*view);
                             }
                           }
                           reactor->Finish(ToGrpcStatus(made.status()));
                         });
  return reactor;
}

grpc::ServerUnaryReactor* JobService::CancelJob(grpc::CallbackServerContext* context,
                                                const v1::CancelJobRequest* request,
                                                v1::CancelJobResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  jobs_.RequestCancel(JobId(request->job_id()), AnswerWithJob(reactor, response));
  return reactor;
}

grpc::ServerWriteReactor<v1::WatchJobResponse>* JobService::WatchJob(
    grpc::CallbackServerContext* context, const v1::WatchJobRequest* request) {
  const bool too_many = ++watches_ > kMostWatches;
  WatchStream* stream =
      WatchStream::Begin(board_, JobId(request->job_id()), [this] { --watches_; });
  if (too_many) {
    stream->End(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED,
                             absl::StrCat("more than ", kMostWatches, " jobs are being watched")));
  }
  return stream;
}

grpc::ServerUnaryReactor* JobService::ExplainJob(grpc::CallbackServerContext* context,
                                                 const v1::ExplainJobRequest* request,
                                                 v1::ExplainJobResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  io_.Post([reactor, request, response] {
    absl::StatusOr<v1::ExplainJobResponse> explained = Explain(*request);
    const absl::Status status = explained.status();
    if (status.ok()) *response = *std::move(explained);
    reactor->Finish(ToGrpcStatus(status));
  });
  return reactor;
}

}  // namespace millrace
