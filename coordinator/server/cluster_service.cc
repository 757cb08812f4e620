#include "coordinator/server/cluster_service.h"

#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "common/wire/field_error.h"
#include "coordinator/server/session_messages.h"

namespace millrace {
namespace {

v1::SessionResponse RegisterAnswer(const absl::Status& status,
                                   const ClusterServiceOptions& options) {
  v1::SessionResponse response;
  v1::RegisterAnswer& answer = *response.mutable_register_answer();
  answer.set_term(options.term.value());
  answer.set_error(std::string(status.message()));
  if (absl::IsAlreadyExists(status)) {
    answer.set_retry_for_ms(absl::ToInt64Milliseconds(options.wait_for_id));
  }
  return response;
}

v1::SessionResponse HeartbeatAnswer(Term term) {
  v1::SessionResponse response;
  response.mutable_heartbeat_answer()->set_term(term.value());
  return response;
}

}  // namespace

grpc::ServerBidiReactor<v1::SessionRequest, v1::SessionResponse>* ClusterService::Session(
    grpc::CallbackServerContext* context) {
  std::shared_ptr<WorkerSession> session;
  {
    absl::MutexLock lock(&mutex_);
    SessionOwner& owner = *this;
    session = std::make_shared<WorkerSession>(SessionId(++last_session_), *context, owner);
    sessions_[session->id()] = session;
  }
  session->Begin(session);
  session->Send(Welcome());
  if (detached_) {
    session->EndAfterWrites(
        grpc::Status(grpc::StatusCode::UNAVAILABLE, "the coordinator is about to end"));
  }
  return session.get();
}

v1::SessionResponse ClusterService::Welcome() const {
  v1::SessionResponse response;
  response.mutable_welcome()->set_term(options_.term.value());
  response.mutable_welcome()->set_checkpoint_dir(options_.checkpoint_dir);
  response.mutable_welcome()->set_checkpoint_id(options_.checkpoint_id);
  return response;
}

void ClusterService::Detach() {
  detached_ = true;
  std::vector<std::shared_ptr<WorkerSession>> sessions;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, session] : sessions_) sessions.push_back(session);
  }
  for (const auto& session : sessions) session->Break("the coordinator is about to end");
}

void ClusterService::Send(SessionId session, const WorkerCommand& command) {
  if (const auto found = Find(session)) found->Send(CommandToProto(command));
}

void ClusterService::Close(SessionId session, const std::string& reason) {
  if (const auto found = Find(session)) found->Break(reason);
}

absl::Status ClusterService::OnMessage(WorkerSession& session, v1::SessionRequest message) {
  if (detached_) return absl::UnavailableError("the coordinator is about to end");
  using Message = v1::SessionRequest;
  switch (message.message_case()) {
    case Message::kRegister:
      Register(session, message.register_());
      return absl::OkStatus();
    case Message::kHeartbeat:
      jobs_->OnHeartbeat(session.id(), ProgressFromProto(message.heartbeat()));
      session.Send(HeartbeatAnswer(options_.term));
      return absl::OkStatus();
    case Message::kTaskStatus: {
      const v1::TaskStatus& status = message.task_status();
      ASSIGN_OR_RETURN(TaskReport report, Within("task_status", TaskReportFromProto(status)));
      jobs_->OnTask(session.id(), JobId(status.job_id()), std::move(report));
      return absl::OkStatus();
    }
    case Message::kCheckpointAck:
      Acknowledge(session, message.checkpoint_ack());
      return absl::OkStatus();
    case Message::kCheckpointDecline: {
      const v1::CheckpointDecline& decline = message.checkpoint_decline();
      jobs_->OnCheckpointDecline(session.id(), JobId(decline.job_id()), Attempt(decline.attempt()),
                                 Epoch(decline.epoch()), decline.reason());
      return absl::OkStatus();
    }
    case Message::kLeave:
      jobs_->OnLeave(session.id(), absl::Milliseconds(message.leave().drain_timeout_ms()));
      return absl::OkStatus();
    case Message::MESSAGE_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("a message of a kind that this version does not know");
}

void ClusterService::Register(WorkerSession& session, const v1::RegisterWorker& message) {
  jobs_->OnRegister(session.id(), RegistrationFromProto(message),
                    [this, id = session.id()](const absl::Status& status) {
                      const std::shared_ptr<WorkerSession> found = Find(id);
                      if (found == nullptr) return;
                      found->Send(RegisterAnswer(status, options_));
                      if (!status.ok()) found->EndAfterWrites(grpc::Status::OK);
                    });
}

void ClusterService::OnEnded(WorkerSession& session, const std::string& reason) {
  {
    absl::MutexLock lock(&mutex_);
    sessions_.erase(session.id());
  }
  if (!detached_) jobs_->OnDisconnected(session.id(), reason);
}

// An acknowledgement that cannot be read costs the checkpoint, not the session and all its jobs.
void ClusterService::Acknowledge(WorkerSession& session, const v1::CheckpointAck& message) {
  const JobId job(message.job_id());
  const Attempt attempt(message.attempt());
  absl::StatusOr<CheckpointAck> ack = Within("checkpoint_ack", AckFromProto(message));
  if (ack.ok()) return jobs_->OnCheckpointAck(session.id(), job, attempt, *std::move(ack));
  jobs_->OnCheckpointDecline(session.id(), job, attempt, Epoch(message.epoch()),
                             std::string(ack.status().message()));
}

std::shared_ptr<WorkerSession> ClusterService::Find(SessionId session) {
  absl::MutexLock lock(&mutex_);
  const auto found = sessions_.find(session);
  return found == sessions_.end() ? nullptr : found->second;
}

}  // namespace millrace
