// The tasks of the simulated job: sources of numbered records, and tasks that count them by key.
//
// They take snapshots, align barriers and merge watermarks with the real cores. Single-threaded:
// Step() is called by the worker in virtual time.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/checkpoint/manifest.h"
#include "tests/simulation/messages.h"
#include "tests/simulation/schedule.h"
#include "worker/contract/channel.h"
#include "worker/task/input_gate.h"

namespace millrace::simulation {

// What a task tells its worker.
struct TaskReports {
  std::function<void(TaskEventKind)> event;
  std::function<void(Epoch, TaskSnapshot)> snapshot;
};

class SimTask {
 public:
  virtual ~SimTask() = default;

  // Does a little; false if there was nothing to do. An error fails the task.
  virtual absl::StatusOr<bool> Step() = 0;
  virtual void Trigger(const Barrier& barrier) {}
  virtual absl::Status Abort(Epoch epoch) = 0;
  virtual absl::Status OnDurable(Epoch epoch) = 0;
  // Records were read since the last call.
  virtual bool TakeMoved() { return false; }
};

struct SourceParts {
  JobShape shape;
  TaskId id;
  std::vector<std::shared_ptr<ChannelSender>> senders;  // One per counting task.
  const Manifest* restore = nullptr;
  TaskReports reports;
  Schedule* schedule = nullptr;
};
std::unique_ptr<SimTask> NewSource(SourceParts parts);

struct CounterParts {
  JobShape shape;
  TaskId id;
  std::vector<std::unique_ptr<ChannelReceiver>> receivers;  // One per source.
  const Manifest* restore = nullptr;
  TaskReports reports;
};
std::unique_ptr<SimTask> NewCounter(CounterParts parts);

// The counts that a snapshot holds, by key.
std::map<int64_t, int64_t> CountsOf(const TaskSnapshot& snapshot);
// The position that a source's snapshot holds; 0 for any other.
int64_t PositionOf(const TaskSnapshot& snapshot);

}  // namespace millrace::simulation
