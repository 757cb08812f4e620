// The names of things in a running cluster. Words are those of the field (README.md, "Words").
#pragma once

#include <compare>
#include <cstdint>
#include <ostream>
#include <string>

#include "common/base/strong_id.h"

namespace millrace {

using JobId =
    StrongId<struct JobIdTag, std::string>;  // "job-3f9c0a12": unique in a cluster for ever.
using WorkerId = StrongId<struct WorkerIdTag,
                          std::string>;  // Chosen by the worker; two live ones may not share it.
using Epoch = StrongId<struct EpochTag, int64_t>;  // Interval between two barriers, also its
                                                   // checkpoint's id. From 1.
using Term = StrongId<struct TermTag, int64_t>;  // Leader generation of a coordinator. Newer terms
                                                 // fence older ones.
using Attempt = StrongId<struct AttemptTag,
                         int32_t>;  // Execution attempt of a job. From 1; a restart adds one.
using StageId = StrongId<struct StageIdTag, int32_t>;  // Index of a stage in its JobGraph.
using EdgeId = StrongId<struct EdgeIdTag, int32_t>;    // Index of an edge in its JobGraph.
using KeyGroup = StrongId<struct KeyGroupTag, uint16_t>;

// One parallel instance of a stage's chain.
struct TaskId {
  StageId stage;
  int32_t index = 0;  // In [0, parallelism of the stage).

  friend constexpr auto operator<=>(const TaskId&, const TaskId&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const TaskId& id) {
    return H::combine(std::move(state), id.stage, id.index);
  }
  friend std::ostream& operator<<(std::ostream& out, const TaskId& id) {
    return out << id.stage << '/' << id.index;
  }
};

// One sender task to one receiver task along an edge.
struct ChannelId {
  EdgeId edge;
  int32_t sender = 0;    // Task index in the edge's upstream stage.
  int32_t receiver = 0;  // Task index in the edge's downstream stage.

  friend constexpr auto operator<=>(const ChannelId&, const ChannelId&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const ChannelId& id) {
    return H::combine(std::move(state), id.edge, id.sender, id.receiver);
  }
  friend std::ostream& operator<<(std::ostream& out, const ChannelId& id) {
    return out << id.edge << ':' << id.sender << "->" << id.receiver;
  }
};

}  // namespace millrace
