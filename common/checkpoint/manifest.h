// What a completed checkpoint is: one manifest that names every file and holds every small piece of
// state.
//
// Plain data; proto/checkpoint.proto is its durable form, common/wire converts. A manifest alone,
// with the files it names, is enough to start the job again.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/event_time.h"
#include "common/base/ids.h"
#include "common/plan/job_graph.h"
#include "common/plan/key_groups.h"

namespace millrace {

// A file, or a section of one, in the job's checkpoint folder.
struct FileRef {
  std::string path;     // Relative to the job's checkpoint folder.
  int64_t offset = 0;   // Of the section.
  int64_t bytes = 0;    // Of the section.
  uint32_t crc32c = 0;  // Of the section.
};

// The keyed state of one operator in one task: a snapshot and what changed since.
struct KeyedStateSnapshot {
  KeyGroupRange key_groups;
  int32_t schema_version = 0;
  std::vector<FileRef> snapshot;  // RocksDB table files of the last materialisation; may be empty.

  // Sections, oldest first, all later than `snapshot`: perhaps of a file that holds everything in
  // the table, then of delta files.
  std::vector<FileRef> deltas;
};

// Output of one epoch that waits to be published (README.md of worker/sink, "Segments").
struct SegmentRef {
  Epoch epoch;
  FileRef file;
  int64_t records = 0;
};

struct OperatorSnapshot {
  std::string state_id;
  std::map<std::string, std::string> values;  // Small named state: split positions, counters.
  std::vector<KeyedStateSnapshot> keyed;      // At most one.
  std::vector<SegmentRef> segments;           // Sinks only: unpublished ones, oldest first.
};

struct TaskSnapshot {
  TaskId task;
  bool finished = false;                    // Its input has ended and everything was forwarded.
  std::vector<EventTime> input_watermarks;  // Per channel of its input gate, in gate order.
  std::vector<OperatorSnapshot> operators;  // In chain order; operators without state are absent.
};

struct Manifest {
  static constexpr int32_t kFormatVersion = 1;

  JobId job;
  std::string lineage;  // Made at first start and at every restore from a savepoint; never reused.
  Epoch epoch;
  Term term;
  Attempt attempt;
  std::string uuid;  // Makes the manifest's own path unique.
  Epoch parent;      // The checkpoint before it; 0: none.
  int64_t created_unix_ms = 0;
  // It belongs to no chain and is never deleted by Millrace: its folder holds every file that it
  // names, and everything up to its epoch is published, so that it has no segments.
  bool savepoint = false;
  JobGraph graph;
  std::vector<TaskSnapshot> tasks;
};

}  // namespace millrace
