// A task's keyed state as it was at a barrier, held still while it is written.
//
// The task's thread freezes and goes on; the io executor writes what changed since the epoch before
// into the worker's delta file of the epoch. Life of one: Write, then OnWritten once the file is
// durable, then the destructor. Destroyed without OnWritten (a failed write, an aborted epoch):
// nothing is lost, its changes go with the next one. proto/CHECKPOINT.md is the protocol.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/checkpoint/manifest.h"
#include "common/checkpoint/section_file.h"

namespace millrace {

// The keyed state of one operator of the task.
struct OperatorState {
  std::string state_id;
  KeyedStateSnapshot state;
};

// Used by one thread at a time, which need not be the task's; may outlive the task.
class FrozenState {
 public:
  virtual ~FrozenState() = default;

  // Appends at most one section per operator and returns what restores each of them, in the order
  // of the chain. May block. Called at most once.
  virtual absl::StatusOr<std::vector<OperatorState>> Write(SectionWriter& file) = 0;

  // The file given to Write is durable, so later checkpoints may build upon its sections.
  virtual void OnWritten() = 0;
};

}  // namespace millrace
