// A source reads the splits of a table that belong to one task, in order within each split.
//
// The task polls it; it never pushes. What Poll has returned is read: a snapshot after it holds the
// positions behind it. A connector that delivers bytes returns slabs, which a Decoder (format.h)
// turns into batches; a generator returns batches.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/columnar/batch.h"
#include "worker/contract/operator.h"

namespace millrace {

// Raw records of one split, in one arena. `arena` is padded: kPadding readable bytes follow the
// last record.
struct Slab {
  static constexpr int kPadding = 64;  // simdjson's need.

  std::shared_ptr<const std::string> arena;
  std::vector<uint32_t> offsets;  // Of each record in the arena.
  std::vector<uint32_t> lengths;
  std::vector<int64_t>
      timestamps_ms;  // Of the records, as the connector knows them; empty if it does not.
  std::vector<int64_t>
      positions;  // Of the records in their split (Kafka: offsets), for messages about bad ones.

  // Of tables that have such columns only. Keys in the same arena; a record may have none.
  static constexpr uint32_t kNoKey = ~uint32_t{0};  // As a length.
  std::vector<uint32_t> key_offsets;
  std::vector<uint32_t> key_lengths;
  // The columns that the source itself knows (source_columns.h), in the order of the schema; a
  // value for each record.
  std::vector<std::shared_ptr<arrow::Array>> columns;

  int64_t size() const { return static_cast<int64_t>(offsets.size()); }
  std::string_view record(int64_t i) const {
    return std::string_view(*arena).substr(offsets[i], lengths[i]);
  }
};

// A split's index is its place in Source::split_names(); it stays the same while the task runs.
struct SourceData {
  int split = 0;
  std::variant<Slab, Batch> rows;
};

enum class SourceWait : uint8_t {
  kMore,  // `data` may hold rows; poll again at once.
  kWait,  // Nothing now: TaskContext::wake is called when there is, or poll again at the next tick.
  kFinished,  // Every split has reached its end for good.
};

struct SourcePoll {
  SourceWait wait = SourceWait::kWait;
  std::vector<SourceData> data;  // At most about Batch::kTargetRows rows in all.
};

// What a split says of its end: the proof behind idleness, and the lag metric.
struct SplitStatus {
  bool finished = false;    // A bounded split is at its end.
  bool caught_up = false;   // Proven: nothing was to be read after the last record when last asked.
  int64_t lag_records = 0;  // Records behind its end; -1: not known.
};

// Driven by the task's thread only, but for TaskContext::wake which its own threads call.
class Source {
 public:
  virtual ~Source() = default;

  // Finds this task's splits and puts each at its restored position, or where the table's options
  // say if it is new. May block: the task calls it on the io executor. Unreachable systems, missing
  // topics and bad options are errors that name the table, the cause and the remedy.
  virtual absl::Status Open(const TaskContext& context, const StateReader* restored) = 0;

  // At most `max_rows` rows. Never blocks.
  virtual absl::StatusOr<SourcePoll> Poll(int64_t max_rows) = 0;

  virtual const std::vector<std::string>& split_names() const = 0;
  virtual SplitStatus split_status(int split) const = 0;

  // Where the record at `position` of `split` is, for people.
  virtual std::string PlaceOf(int split, int64_t position) const {
    return "record " + std::to_string(position) + " of " +
           split_names()[static_cast<size_t>(split)];
  }

  // Positions behind everything that Poll returned.
  virtual void Snapshot(StateWriter& state) const = 0;

  // The checkpoint `epoch`, of which Snapshot was part, is complete. For visibility only (Kafka:
  // commit to the group).
  virtual void OnDurable(Epoch epoch) {}
};

}  // namespace millrace
