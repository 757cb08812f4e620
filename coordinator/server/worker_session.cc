#include "coordinator/server/worker_session.h"

#include <utility>

#include "common/rpc/grpc_status.h"
#include "grpcpp/server_context.h"

namespace millrace {

void WorkerSession::Begin(std::shared_ptr<WorkerSession> self) {
  self_ = std::move(self);
  StartRead(&request_);
}

void WorkerSession::Send(v1::SessionResponse message) {
  absl::MutexLock lock(&mutex_);
  if (ending_) return;
  if (queue_.size() >= kMostQueued) {
    broken_ = "it does not read what it is sent";
    context_.TryCancel();
    DropQueue();
    return End(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, broken_));
  }
  queue_.push_back(std::move(message));
  if (queue_.size() == 1) WriteNext();
}

void WorkerSession::EndAfterWrites(const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  End(status);
}

void WorkerSession::Break(const std::string& reason) {
  absl::MutexLock lock(&mutex_);
  const bool is_over = ending_ && queue_.empty();
  if (is_over) return;
  broken_ = reason;
  context_.TryCancel();
  DropQueue();
  End(grpc::Status(grpc::StatusCode::UNAVAILABLE, reason));
}

void WorkerSession::WriteNext() { StartWrite(&queue_.front()); }

void WorkerSession::End(const grpc::Status& status) {
  if (std::exchange(ending_, true)) return;
  end_status_ = status;
  if (queue_.empty()) Finish(end_status_);
}

// Whatever waits; a write that is under way comes back by itself.
void WorkerSession::DropQueue() {
  while (queue_.size() > 1) queue_.pop_back();
}

void WorkerSession::OnReadDone(bool ok) {
  if (ok) {
    const absl::Status handled = owner_.OnMessage(*this, std::move(request_));
    if (handled.ok()) {
      request_.Clear();
      return StartRead(&request_);
    }
    EndAfterWrites(ToGrpcStatus(handled));
    return owner_.OnEnded(*this, std::string(handled.message()));
  }
  std::string reason;
  {
    absl::MutexLock lock(&mutex_);
    reason = broken_.empty() ? "its connection was lost" : broken_;
    DropQueue();
    End(grpc::Status::OK);
  }
  owner_.OnEnded(*this, reason);
}

void WorkerSession::OnWriteDone(bool ok) {
  absl::MutexLock lock(&mutex_);
  queue_.pop_front();
  if (!ok) queue_.clear();  // The read that fails as well tells the owner.
  if (!queue_.empty()) {
    WriteNext();
  } else if (ending_) {
    Finish(end_status_);
  }
}

void WorkerSession::OnCancel() {
  absl::MutexLock lock(&mutex_);
  DropQueue();
  End(grpc::Status::CANCELLED);
}

void WorkerSession::OnDone() { self_.reset(); }

}  // namespace millrace
