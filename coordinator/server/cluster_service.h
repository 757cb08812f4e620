// ClusterService of proto/control.proto: the sessions of workers, and the gateway to them.
// Thread-safe; no session holds a thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "coordinator/job/job_manager.h"
#include "coordinator/job/worker_gateway.h"
#include "coordinator/server/worker_session.h"
#include "proto/control.grpc.pb.h"

namespace millrace {

// Of proto/control.proto and proto/exchange.proto; both sides must agree.
inline constexpr int32_t kControlProtocol = 2;

struct ClusterServiceOptions {
  Term term;
  std::string checkpoint_dir;  // Absolute, with its id: workers must see the same folder.
  std::string checkpoint_id;
  // For how long a worker whose id is taken may try again: until a dead one that had it is noticed.
  absl::Duration wait_for_id;
};

class ClusterService final : public v1::ClusterService::CallbackService,
                             public WorkerGateway,
                             private SessionOwner {
 public:
  explicit ClusterService(ClusterServiceOptions options) : options_(std::move(options)) {}

  // Before the server listens.
  void Attach(JobManager& jobs) { jobs_ = &jobs; }

  // Ends all sessions without taking that for the workers' loss: the coordinator goes, its jobs
  // stay as they are.
  void Detach();

  grpc::ServerBidiReactor<v1::SessionRequest, v1::SessionResponse>* Session(
      grpc::CallbackServerContext* context) override;

  // WorkerGateway
  void Send(SessionId session, const WorkerCommand& command) override;
  void Close(SessionId session, const std::string& reason) override;

 private:
  // SessionOwner
  absl::Status OnMessage(WorkerSession& session, v1::SessionRequest message) override;
  void OnEnded(WorkerSession& session, const std::string& reason) override;

  void Register(WorkerSession& session, const v1::RegisterWorker& message);
  void Acknowledge(WorkerSession& session, const v1::CheckpointAck& message);
  std::shared_ptr<WorkerSession> Find(SessionId session);

  v1::SessionResponse Welcome() const;

  const ClusterServiceOptions options_;
  JobManager* jobs_ = nullptr;
  std::atomic<bool> detached_ = false;
  absl::Mutex mutex_;
  std::map<SessionId, std::shared_ptr<WorkerSession>> sessions_ ABSL_GUARDED_BY(mutex_);
  int64_t last_session_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace millrace
