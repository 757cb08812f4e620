// One Session call: a worker's connection, as a gRPC reactor. Reads one message at a time and hands
// it on in order; writes what is queued one after the other. Holds no thread.
//
// Thread-safe. Owned by the call: gRPC's OnDone ends its life; whoever else uses it holds a
// shared_ptr and finds it ended.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "coordinator/cluster/worker_registry.h"
#include "grpcpp/support/server_callback.h"
#include "proto/control.pb.h"

namespace millrace {

class WorkerSession;

// Where a session's news go. Called on gRPC's threads, for one session one at a time; must not
// block.
class SessionOwner {
 public:
  virtual ~SessionOwner() = default;
  // An error ends the session.
  virtual absl::Status OnMessage(WorkerSession& session, v1::SessionRequest message) = 0;
  // Nothing more comes from it. Once.
  virtual void OnEnded(WorkerSession& session, const std::string& reason) = 0;
};

class WorkerSession final
    : public grpc::ServerBidiReactor<v1::SessionRequest, v1::SessionResponse> {
 public:
  WorkerSession(SessionId id, grpc::CallbackServerContext& context, SessionOwner& owner)
      : id_(id), context_(context), owner_(owner) {}

  // Keeps itself until the call is over, and begins to read.
  void Begin(std::shared_ptr<WorkerSession> self);

  SessionId id() const { return id_; }

  // Queues a message. A peer that does not read what is sent loses its session.
  void Send(v1::SessionResponse message);

  // Sends what is queued, then ends the call with `status`.
  void EndAfterWrites(const grpc::Status& status);
  // Ends the call at once, whether or not the peer still answers.
  void Break(const std::string& reason);

 private:
  static constexpr size_t kMostQueued = 10'000;

  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void End(const grpc::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropQueue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // ServerBidiReactor
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  const SessionId id_;
  grpc::CallbackServerContext& context_;  // Valid until OnDone.
  SessionOwner& owner_;
  std::shared_ptr<WorkerSession> self_;
  v1::SessionRequest request_;  // Belongs to gRPC while a read is under way.

  absl::Mutex mutex_;
  std::deque<v1::SessionResponse> queue_ ABSL_GUARDED_BY(mutex_);  // The first is being written.
  std::string broken_ ABSL_GUARDED_BY(mutex_);                     // Why Break was called.
  // Once the queue is empty the call is finished: never while a write is under way.
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status end_status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace
