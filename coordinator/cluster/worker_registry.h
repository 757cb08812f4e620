// Which workers there are, which of them live, and how many slots are free. Pure: events and the
// current time in, what has changed out. Not thread-safe.
//
// A worker is a session (one connection for its life) that has registered. It is lost at once when
// the connection ends, and after `silence_limit` without a heartbeat while the connection looks
// alive. A worker that comes back is a new session: whatever ran in the old one is over.
//
// A worker that leaves on purpose says so: it gets no new tasks, and departs once it holds no
// slots.
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
  std::string checkpoint_id;     // Of the checkpoint folder as it sees it.
  std::string checkpoint_error;  // Why it cannot use that folder; then it has no id.
};

struct WorkerLoss {
  WorkerId worker;
  SessionId session;
  std::string reason;  // "its connection was lost"
};

struct WorkerDeparture {
  WorkerId worker;
  SessionId session;
};

struct RegistryOptions {
  std::string cluster_id;
  int32_t protocol = 1;
  absl::Duration silence_limit = absl::Seconds(2);
  std::string checkpoint_dir;
  std::string checkpoint_id;  // Of that folder. Empty: workers are not asked for it.
  absl::Duration forget_lost_after = absl::Hours(1);
};

class WorkerRegistry {
 public:
  struct Worker {
    WorkerRegistration registration;
    SessionId session;
    absl::Duration registered_at;
    absl::Duration last_heard;
    bool is_new = false;   // It came although nobody was missed: it may replace who is lost next.
    bool leaving = false;  // No new tasks for it.
    std::map<JobId, int32_t> slots_of;  // In use, by job.

    int32_t used_slots() const;
  };

  explicit WorkerRegistry(RegistryOptions options) : options_(std::move(options)) {}

  // The worker is there now. What it replaced (the same process that has connected again before its
  // old connection was seen to break) is lost. Errors are for the worker's user: another cluster,
  // protocol or checkpoint folder; kAlreadyExists for an id that a live worker has, which may be
  // about to be lost.
  absl::StatusOr<std::optional<WorkerLoss>> Register(SessionId session,
                                                     const WorkerRegistration& registration,
                                                     absl::Duration now);

  // Any sign of life. Sessions that are not (or no longer) those of a worker are ignored.
  void Heard(SessionId session, absl::Duration now);

  // The connection has ended.
  std::optional<WorkerLoss> Disconnected(SessionId session, const std::string& reason,
                                         absl::Duration now);

  // The worker wants to end. Its id, or null if the session is nobody's.
  const WorkerId* Leave(SessionId session);

  // The leaving workers that hold no slots any more, in order of their ids. They are gone now, and
  // nothing of them is lost.
  std::vector<WorkerDeparture> TakeDepartures();

  // Workers that were lost without having said that they leave, and have neither come back nor been
  // replaced by a worker of another id.
  int32_t missing(absl::Duration now);

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
  void Miss(const Worker& lost, absl::Duration now);
  bool FillsAGap(const WorkerId& worker);

  const RegistryOptions options_;
  std::map<WorkerId, Worker> workers_;  // Live ones.
  std::map<SessionId, WorkerId> by_session_;
  std::map<WorkerId, absl::Duration> missing_;  // Since when.
};

}  // namespace millrace
