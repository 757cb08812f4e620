// Which workers there are, which of them live, and how many slots are free. Pure: events and the
// current time in, what has changed out. Not thread-safe.
//
// A worker is a session (one connection for its life) that has registered. It is lost at once when
// the connection ends, and after `silence_limit` without a heartbeat while the connection looks
// alive. A worker that comes back is a new session: whatever ran in the old one is over.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/ids.h"

namespace millrace {

using SessionId =
    StrongId<struct SessionIdTag, int64_t>;  // Given by the coordinator, never reused.

struct WorkerRegistration {
  std::string cluster_id;
  std::string version;
  int32_t protocol = 0;
  WorkerId worker;
  std::string instance;  // New for every process.
  std::string exchange_address;
  std::string http_address;
  int32_t slots = 0;
};

struct WorkerLoss {
  WorkerId worker;
  SessionId session;
  std::string reason;  // "its connection was lost"
};

struct RegistryOptions {
  std::string cluster_id;
  int32_t protocol = 1;
  absl::Duration silence_limit = absl::Seconds(2);
};

class WorkerRegistry {
 public:
  struct Worker {
    WorkerRegistration registration;
    SessionId session;
    absl::Duration last_heard;
    std::map<JobId, int32_t> slots_of;  // In use, by job.

    int32_t used_slots() const;
  };

  explicit WorkerRegistry(RegistryOptions options) : options_(std::move(options)) {}

  // The worker is there now. What it replaced (the same process that has connected again before its
  // old connection was seen to break) is lost. Errors are for the worker's user: another cluster or
  // protocol, an id that a live worker has.
  absl::StatusOr<std::optional<WorkerLoss>> Register(SessionId session,
                                                     const WorkerRegistration& registration,
                                                     absl::Duration now);

  // Any sign of life. Sessions that are not (or no longer) those of a worker are ignored.
  void Heard(SessionId session, absl::Duration now);

  // The connection has ended.
  std::optional<WorkerLoss> Disconnected(SessionId session, const std::string& reason);

  // The workers that have been silent for too long, in order of their ids.
  std::vector<WorkerLoss> Tick(absl::Duration now);

  // Slots that a job's tasks take. REQUIRES: the worker is there.
  void Occupy(const WorkerId& worker, const JobId& job, int32_t slots);
  void Release(const JobId& job);

  const Worker* Find(const WorkerId& worker) const;
  const WorkerId* FindSession(SessionId session) const;
  const std::map<WorkerId, Worker>& workers() const { return workers_; }

 private:
  WorkerLoss Lose(const WorkerId& worker, std::string reason);

  const RegistryOptions options_;
  std::map<WorkerId, Worker> workers_;  // Live ones.
  std::map<SessionId, WorkerId> by_session_;
};

}  // namespace millrace
