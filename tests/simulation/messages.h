// What coordinator and workers of the simulation say to each other: proto/control.proto as values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/ids.h"
#include "common/checkpoint/manifest.h"
#include "coordinator/job/job_lifecycle.h"

namespace millrace::simulation {

// The job of every run: sources of numbered records, hashed by key to tasks that count them.
inline constexpr StageId kSourceStage = StageId(0);
inline constexpr StageId kCountStage = StageId(1);

struct JobShape {
  int32_t parallelism = 2;
  int64_t records_per_source = 1000;
  int64_t keys = 20;

  // Record `i` of source `source`.
  int64_t KeyOf(int32_t source, int64_t i) const { return (i * 7 + source * 3 + i / 5) % keys; }
};

// To a worker.
struct Deploy {
  Attempt attempt;
  std::map<TaskId, WorkerId> placement;
  std::optional<Manifest> restore;
};
struct Start {
  Attempt attempt;
};
struct Cancel {
  Attempt attempt;
};
struct Trigger {
  Attempt attempt;
  Epoch epoch;
  bool final = false;
};
struct Abort {
  Attempt attempt;
  Epoch epoch;
};
struct Durable {
  Attempt attempt;
  Epoch epoch;
};
struct Dismiss {};
using ToWorker = std::variant<Deploy, Start, Cancel, Trigger, Abort, Durable, Dismiss>;

// To the coordinator.
struct Beat {
  bool moved = false;
};
struct Ack {
  Attempt attempt;
  Epoch epoch;
  std::vector<TaskSnapshot> tasks;
  bool moved = false;
};
struct Decline {
  Attempt attempt;
  Epoch epoch;
  std::string reason;
};
struct Leave {
  absl::Duration limit;
};
using ToCoordinator = std::variant<Beat, TaskReport, Ack, Decline, Leave>;

// Names of the small state in task snapshots.
inline constexpr char kPosition[] = "position";
inline constexpr char kCounts[] = "counts";

}  // namespace millrace::simulation
