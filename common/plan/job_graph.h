// A job as the cluster runs it: stages (chains of operators, run by parallel tasks) and the edges
// between them.
//
// Plain data. The planner makes it, admission validates it (Validate), the wire carries it, workers
// build tasks from it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/base/ids.h"
#include "common/plan/operators.h"

namespace millrace {

enum class Partitioning : uint8_t {
  kForward = 1,    // Task i to task i; both stages have the same parallelism.
  kHash = 2,       // By key group of `key_columns`.
  kRebalance = 3,  // Round robin, batch by batch.
  kBroadcast = 4,  // Every batch to every task.
};

// What the rows of an edge may do to those before them (batch.h, RowKind).
enum class Changelog : uint8_t {
  kAppend = 1,   // Only +I.
  kUpsert = 2,   // +U and -D too: rows replace or delete the one of their key.
  kRetract = 3,  // Any kind: -U says what +U replaces, in the row right before it.
};

// The rows of one input that an operator of a stage drops because they come too late.
struct LateRows {
  int position = 0;  // Of the operator in its stage.
  int input = 0;

  friend bool operator==(const LateRows&, const LateRows&) = default;
};

struct Edge {
  EdgeId id;  // Its index in JobGraph::edges.
  StageId from;
  StageId to;
  Partitioning partitioning = Partitioning::kForward;
  std::vector<int> key_columns;  // kHash only: columns of the upstream stage's output.
  Schema schema;                 // The upstream stage's output.
  Changelog changelog = Changelog::kAppend;
  int input = 0;  // Of the operator that the downstream stage begins with.
  // What it carries instead of the output: its schema is that of the operator's input.
  std::optional<LateRows> late;
};

struct Stage {
  StageId id;  // Its index in JobGraph::stages.
  std::string name;
  int32_t parallelism = 1;
  // At least one. Only the first may be a source, and is one exactly if no edge leads here; only
  // the last may be a sink, and is one exactly if no edge leaves here but for late rows. Only the
  // first may have two inputs.
  std::vector<OperatorNode> operators;
};

struct JobOptions {
  int32_t max_parallelism =
      1024;  // Number of key groups; fixed for the life of the state. 1 to 32768.
  int64_t checkpoint_interval_ms = 1000;  // 0: no periodic checkpoints.
  int64_t checkpoint_timeout_ms = 600'000;
  int32_t materialize_every = 40;  // Epochs between materialisations of the deltas.
  bool batch = false;              // execution.runtime-mode = 'batch'
};

struct JobGraph {
  std::string name;
  std::vector<Stage> stages;
  std::vector<Edge> edges;
  JobOptions options;
};

// Indexes of the edges that enter or leave `stage`, in order.
std::vector<EdgeId> InputEdges(const JobGraph& graph, StageId stage);
std::vector<EdgeId> OutputEdges(const JobGraph& graph, StageId stage);

// The columns that enter operator `position` of `stage`, by input: none for a source. All edges to
// one input have one schema, up to the names of columns and NOT NULL.
std::vector<Schema> InputSchemas(const JobGraph& graph, const Stage& stage, int position);

// OK, or kInvalidArgument naming the first rule above that the graph breaks: indexes, schemas,
// cycles, parallelism, column references out of range, state ids used twice.
absl::Status Validate(const JobGraph& graph);

}  // namespace millrace
