// Where reading of one partition stands, and what of that is state.
//
// Pure. The next expected offset is kept here and not taken from the client: a client that jumps
// back must not make records count twice. Gaps are normal (compaction, aborted transactions,
// control records). Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace millrace {

struct PartitionPosition {
  static constexpr int64_t kUnbounded = -1;

  std::string topic;
  int32_t partition = 0;
  int64_t next = 0;          // The offset to read next.
  int64_t end = kUnbounded;  // Bounded: the first offset that is not read.

  bool bounded() const { return end != kUnbounded; }
  friend bool operator==(const PartitionPosition&, const PartitionPosition&) = default;
};

// "topic-partition", the name of the split.
std::string SplitName(const PartitionPosition& position);

// The task that reads a partition. The partitions of a topic go round the tasks; the first one's
// task depends on the topic, so that many small topics do not all end up at task 0.
int32_t TaskOfPartition(std::string_view topic, int32_t partition, int32_t parallelism);

class PartitionReader {
 public:
  explicit PartitionReader(PartitionPosition start) : position_(std::move(start)) {}

  enum class Verdict : uint8_t {
    kTake,
    kRewound,  // It was read before: drop it.
    kPastEnd,  // The bound is reached: drop it.
  };
  Verdict OnRecord(int64_t offset) {
    if (offset < position_.next) return Verdict::kRewound;
    caught_up_ = false;
    if (position_.bounded() && offset >= position_.end) {
      position_.next = position_.end;
      return Verdict::kPastEnd;
    }
    position_.next = offset + 1;
    return Verdict::kTake;
  }

  // The broker had nothing to read at `offset`, the end of the partition.
  void OnEndOfPartition(int64_t offset);

  // A broker was asked when reading stood at `asked_at`, and answered that the partition ends at
  // `end`. True if that proves that all is read: a record that came since is newer than the answer.
  bool OnEndOffset(int64_t end, int64_t asked_at);

  // The connection was lost: what was proven of the end is no longer known.
  void ForgetEnd() { caught_up_ = false; }

  const PartitionPosition& position() const { return position_; }
  bool finished() const { return position_.bounded() && position_.next >= position_.end; }
  // Nothing was behind the last record when the broker was last asked.
  bool caught_up() const { return caught_up_; }

 private:
  PartitionPosition position_;
  bool caught_up_ = false;
};

// Positions as a task's state, and back. kDataLoss for what is not such a state.
std::string EncodePositions(const std::vector<PartitionPosition>& positions);
absl::StatusOr<std::vector<PartitionPosition>> DecodePositions(const std::string& bytes);

}  // namespace millrace
