// A job as people see it: immutable snapshots, made by its driver, read by anybody.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/event_time.h"
#include "common/base/ids.h"
#include "coordinator/job/job_state.h"

namespace millrace {

struct CheckpointView {
  Epoch epoch;  // Of the last completed one; 0: none yet.
  int64_t completed_unix_ms = 0;
  int64_t duration_ms = 0;
  int64_t bytes = 0;
  int64_t completed = 0;   // So many ever.
  int64_t failed = 0;      // So many since this coordinator runs the job.
  std::string last_error;  // Of the last one that failed, until one completes.
};

// A complete savepoint.
struct SavepointMade {
  std::string path;  // Empty: there is none.
  Epoch epoch;
};

struct TaskView {
  WorkerId worker;  // Empty: not placed.
  int64_t records_in = 0;
  int64_t records_out = 0;
  EventTime watermark = EventTime::Min();
  std::string slowest_split;  // Of a source with a watermark: the split that holds it back.
};

struct StageView {
  StageId id;
  std::string name;
  std::vector<TaskView> tasks;  // By index.
};

struct JobView {
  JobId id;
  std::string request_id;
  std::string name;
  JobState state = JobState::kCreated;
  std::string message;  // Why it is in this state: the last error, what it waits for.
  Attempt attempt;
  int32_t restarts = 0;
  int64_t created_unix_ms = 0;
  int64_t changed_unix_ms = 0;
  CheckpointView checkpoint;
  SavepointMade savepoint;    // The last one.
  std::string restored_from;  // The savepoint that it began from; may be empty.
  std::vector<StageView> stages;
};

using JobViewPtr = std::shared_ptr<const JobView>;

}  // namespace millrace
