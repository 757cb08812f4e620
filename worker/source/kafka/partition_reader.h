// Where reading of one partition stands, and what of that is state.
//
// Pure. The next expected offset is kept by itself and not taken from the client: a client that jumps
// back must not make records count twice. Gaps are normal (compaction, aborted transactions, control
// records). Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include "absl/strings/string_view.h"
#include <vector>

#include "absl/status/statusor.h"

namespace millrace {

struct PartitionPosition {
  static constexpr int64_t kUnbounded = -1;

  std::string topic;
  int32_t partition = 0;
  int64_t next = 0;           // The offset to read next.
  int64_t end = kUnbounded;   // Bounded: the first offset that is not read.

  friend bool operator==(const PartitionPosition&, const PartitionPosition&) = default;
};

class PartitionReader {
 public:
  explicit PartitionReader(PartitionPosition start) : position_(std::move(start)) {}

  enum class Verdict : uint8_t {
    kTake,
    kRewound,  // It was read before: drop it.
    kPastEnd,  // The bound is reached: drop it.
  };
  Verdict OnRecord(int64_t offset);

  // The partition had nothing at `offset`, which is behind everything read.
  void OnEndOfPartition(int64_t offset);

  const PartitionPosition& position() const { return position_; }
  bool finished() const {
    return position_.end != PartitionPosition::kUnbounded && position_.next >= position_.end;
  }
  // Nothing was behind the last record when the broker was last asked.
  bool caught_up() const { return caught_up_; }

 private:
  PartitionPosition position_;
  bool caught_up_ = false;
};

// Positions as a task's state, and back. kDataLoss for what is not such a state.
std::string EncodePositions(const std::vector<PartitionPosition>& positions);
absl::StatusOr<std::vector<PartitionPosition>> DecodePositions(absl::string_view bytes);

}  // namespace millrace
