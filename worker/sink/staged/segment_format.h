// A segment: the staged output of one slot in one epoch, as bytes. Pure. proto/CHECKPOINT.md,
// "Segment", is the format.
//
// Frames of records, each with its CRC32C, and a footer that says how many there must be. The epoch
// is in the footer alone: a segment is begun before it is known. Reading checks everything and
// answers kDataLoss, naming the offset, for whatever is not as it was written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/ids.h"

namespace millrace {

// One record for the outside. Views are valid for as long as what they were read from.
struct StagedRecord {
  static constexpr int32_t kAnyPartition = -1;  // By the key, or any without one.

  int32_t partition = kAnyPartition;  // Modulo the number of partitions when it is published.
  std::optional<int64_t> timestamp_ms;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;  // None: a tombstone.
  std::vector<std::pair<std::string_view, std::string_view>> headers;
};

struct SegmentFooter {
  Epoch epoch;
  int64_t records = 0;
  uint32_t digest = 0;  // CRC32C over the CRC32C of every frame before, in order.
};

// Not thread-safe. A hot path: appending allocates nothing beyond the growth of one buffer.
class SegmentEncoder {
 public:
  // `slot`: the slot's name; `target`: the topic. Both are checked when it is read.
  SegmentEncoder(std::string_view slot, std::string_view target);

  // kInvalidArgument for a record of more than kRecordBytesMax; it is not appended.
  absl::Status Append(const StagedRecord& record);

  // Ends the segment. Nothing is appended afterwards.
  SegmentFooter Finish(Epoch epoch);

  // Complete frames so far that were not taken yet, to be written in order. `everything`: also the
  // records of a frame that has begun.
  std::string Take(bool everything = false);

  int64_t records() const { return records_; }
  int64_t buffered_bytes() const { return static_cast<int64_t>(bytes_.size()); }

  static constexpr int64_t kRecordBytesMax = int64_t{1} << 30;  // Kafka's clients take less.

 private:
  void BeginFrame(uint8_t kind);
  void EndFrame();

  std::string bytes_;       // Complete frames, then the one that has begun, if any.
  size_t frame_begin_ = 0;  // Of the latter in `bytes_`; there is none if it is the end.
  int64_t records_ = 0;
  uint32_t digest_ = 0;
  bool finished_ = false;
};

// Takes a segment apart, piece by piece, in order. Never holds much more than one frame and what
// was fed last, whatever the bytes claim. Not thread-safe.
class SegmentDecoder {
 public:
  SegmentDecoder(std::string_view slot, std::string_view target);

  // The next bytes of the file.
  void Feed(std::string_view bytes);

  // The records of the next complete frame, valid until the next call of anything; empty: feed
  // more, or, once all was fed, ask Finish. After an error it says the same for ever.
  absl::StatusOr<std::vector<StagedRecord>> Next();

  // OK and the footer if everything up to the footer was read and agrees with it, and nothing
  // follows. Call it once Next had nothing more.
  absl::StatusOr<SegmentFooter> Finish() const;

 private:
  absl::Status ReadMagic();
  absl::Status ReadHeader(std::string_view payload);
  absl::Status ReadRecords(std::string_view payload, std::vector<StagedRecord>& records) const;
  absl::Status ReadFooter(std::string_view payload);
  absl::Status Damaged(std::string_view what) const;

  const std::string slot_;
  const std::string target_;
  std::string buffer_;
  size_t begin_ = 0;    // Of what is not decoded yet, in `buffer_`.
  int64_t offset_ = 0;  // The same, in the file.
  bool magic_read_ = false;
  bool header_read_ = false;
  int64_t records_ = 0;
  uint32_t digest_ = 0;
  std::optional<SegmentFooter> footer_;
};

}  // namespace millrace
