// The dead letters of a source task: a sink of its own, beside the one that the chain may end in.
//
// The task takes this sink through its checkpoints as it does the chain's (seal, flushed, durable,
// published); here are only the letters, and whether there is room for more. Driven by the task's
// thread only.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/plan/operators.h"
#include "worker/contract/format.h"
#include "worker/contract/sink.h"
#include "worker/contract/source.h"

namespace millrace {

// Begins the state ids of all sinks of dead letters that the source of `node` ever had.
std::string DeadLetterStatePrefix(const OperatorNode& node);
// That of the sink it has now. The topic is part of it, as it is of any sink's: what is staged for
// one is not for another.
std::string DeadLetterStateId(const OperatorNode& node);

class DeadLetters {
 public:
  // `sink` is open; it takes batches of DeadLetterSchema.
  DeadLetters(std::unique_ptr<Sink> sink, std::string state_id)
      : sink_(std::move(sink)), state_id_(std::move(state_id)) {}

  // Takes these records of `slab`, which is of the split named.
  absl::Status Add(const std::string& split, const Slab& slab,
                   const std::vector<BadRecord>& records);

  // False: read nothing more until TaskContext::wake.
  absl::StatusOr<bool> HasRoom();

  Sink& sink() { return *sink_; }
  const std::string& state_id() const { return state_id_; }

 private:
  const std::unique_ptr<Sink> sink_;
  const std::string state_id_;
  bool blocked_ = false;
};

}  // namespace millrace
